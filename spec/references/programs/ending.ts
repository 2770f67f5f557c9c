import { setTimeout as sleep } from 'node:timers/promises'
import { Exposed, isMain, Manager, release, Shared } from 'referent'

// Ends in the way that its argument names, while its server has disposals to run, which print.

@Shared()
export class Printer implements AsyncDisposable {
  readonly #label: string

  constructor(label: string) {
    this.#label = label
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await sleep(50)
    console.log(`${this.#label} disposed`)
  }

  @Exposed
  wait(): Promise<never> {
    return new Promise(() => undefined)
  }
}

async function main(ending: string): Promise<void> {
  const manager = await Manager.start()
  const other = await Manager.connect(manager.address, { authkey: manager.authkey })
  const held = await manager.create(Printer, 'held')
  const called = await manager.create(Printer, 'called')
  await other.create(Printer, 'held by another')
  await manager.named('name', Printer, 'named')
  const lost = called.wait().catch(() => undefined)
  release(await manager.create(Printer, 'released'))
  if (ending === 'exits') process.exit()
  if (ending === 'closes') await manager.close()
  if (ending === 'is shut down') await other.shutdown()
  await lost
  await manager.close()
  await held.wait().catch(() => console.log('closed'))
}

if (isMain(import.meta)) await main(process.argv[2] ?? '')
