// The candidates of the recipe of leaders, whose module is given, when their referee is killed and when it is frozen.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Exposed, isMain, Manager, Process, type Remote, Shared } from 'referent'
import { eventually } from '../../harness/eventually.ts'

/** What the leader writes to. */
@Shared()
export class Book {
  readonly #tokens: number[] = []

  @Exposed
  write(token: number): boolean {
    this.#tokens.push(token)
    return true
  }

  @Exposed
  get size(): number {
    return this.#tokens.length
  }

  @Exposed
  get latest(): number {
    return this.#tokens.at(-1) ?? 0
  }
}

interface Place {
  readonly address: string
  readonly authkey: string
}

interface Recipe {
  readonly runCandidate: (place: Place, ledger: Remote<Book>) => Promise<void>
}

async function main({ runCandidate }: Recipe): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'leader-'))
  const place = { address: `unix:${join(folder, 's')}`, authkey: 'a secret' }
  await using manager = await Manager.start()
  const book = await manager.create(Book)
  const candidates = [1, 2].map(() => new Process(runCandidate, [place, book]))
  for (const candidate of candidates) candidate.start()
  const termAfter = (token: number) =>
    eventually(`one leads after ${token}`, async () => {
      const latest = await book.latest
      return latest > token ? latest : undefined
    })

  const first = await termAfter(0)
  console.log('one leads')

  process.kill(await refereeOf(place), 'SIGKILL')
  const second = await termAfter(first)
  console.log('its referee was killed, one leads in a later term')

  const referee = await refereeOf(place)
  process.kill(referee, 'SIGSTOP')
  await eventually('nobody writes any more', async () => {
    const size = await book.size
    await sleep(200) // ten times as long as a leader waits
    return (await book.size) === size || undefined
  })
  console.log('its referee is frozen, nobody writes any more')

  process.kill(referee, 'SIGKILL')
  await termAfter(second)
  console.log('that was killed, one leads in a later term')

  for (const candidate of candidates) await candidate.close()
  await rm(folder, { recursive: true })
}

/** The process of the server at the address. */
async function refereeOf({
  address,
  authkey,
}: {
  readonly address: string
  readonly authkey: string
}): Promise<number> {
  const client = await Manager.connect(address, { authkey })
  const { pid } = client
  await client.close()
  return pid
}

if (isMain(import.meta)) await main((await import(process.argv[2] ?? '')) as Recipe)
