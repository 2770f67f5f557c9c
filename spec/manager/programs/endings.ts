import { isMain, isManagerError, Manager, Process, type Remote } from 'referent'
import { Counter } from '../../harness/counter.ts'
import { hostOfProgram } from '../../harness/hosts.ts'

// Starts a server, and a child; then ends as its argument says.

/** Ends with the server, by the call that has no answer, or never by itself. */
export async function child(counter: Remote<Counter>, endsWithServer: boolean): Promise<void> {
  await counter.increment()
  if (endsWithServer) await counter.wait()
  setInterval(() => undefined, 1000)
  await new Promise(() => undefined)
}

async function main(ending: string): Promise<void> {
  const manager = await Manager.start({ host: hostOfProgram() })
  const counter = await manager.create(Counter)
  if (ending === 'idle') return
  if (ending === 'pending') return console.log(await counter.pause(200))
  new Process(child, [counter, ending === 'loses its server']).start()
  while ((await counter.value) === 0) await counter.pause(5)
  if (ending === 'throws') throw new Error('thrown by the program')
  if (ending === 'exits') process.exit(3)
  await outlive(manager, counter)
}

/** Tells the specs whom to kill, and then what became of the calls. */
async function outlive(manager: Manager, counter: Remote<Counter>): Promise<void> {
  const pending = counter.wait()
  console.log(`server ${manager.pid}`)
  await pending.catch((error: unknown) => console.log(`pending ${describe(error)}`))
  await counter.increment().catch((error: unknown) => console.log(`later ${describe(error)}`))
  await manager.create(Counter).catch((error: unknown) => console.log(`create ${describe(error)}`))
  await manager.close()
  console.log('closed')
}

function describe(error: unknown): string {
  return isManagerError(error) ? `${error.code} ${error.delivery}` : String(error)
}

if (isMain(import.meta)) await main(process.argv[2] ?? '')
