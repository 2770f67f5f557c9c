import { isMain, isManagerError, Manager } from 'referent'
import { Phone } from '../../server/phone.ts'
import { Caller } from '../../harness/caller.ts'
import { hostOfProgram } from '../../harness/hosts.ts'
import { Faulty, Scribe, startThrowing } from '../faulty.ts'

// Starts a server that specs can reach, and ends when that does.

async function serve(closesOnSignal: boolean, path?: string): Promise<void> {
  const manager = await Manager.start({ authkey: 'of the program' })
  await Promise.all([manager.create(Faulty), manager.create(Phone)])
  if (path !== undefined) await manager.create(Scribe, path)
  if (closesOnSignal) process.once('SIGINT', () => void manager.close().then(() => console.log('closed')))
  console.log(`server ${manager.pid} ${manager.address}`)
  await manager.join()
}

/** Tells what becomes of calls and managers whose server process goes down in the middle. */
async function loseServer(how: 'throwLater' | 'rejectLater' | 'exit'): Promise<void> {
  const manager = await Manager.start({ host: hostOfProgram() })
  const client = await Manager.connect(manager.address, { authkey: manager.authkey })
  const [mine, theirs] = await Promise.all([manager.create(Faulty), client.create(Faulty)])
  const idle = await manager.create(Faulty)
  const caller = new Caller()
  caller.answer('go on')
  const pending = mine.hang(caller.callback).catch(report('mine'))
  await caller.called
  const joined = manager.join().then(() => console.log('joined'), report('join'))
  await Promise.all([pending, theirs[how](7).catch(report('theirs')), joined])
  await idle.exit(1).catch(report('later'))
  await manager.create(Faulty).catch(report('create'))
  await Promise.all([manager.close(), manager.shutdown(), client.shutdown()])
  await using next = await Manager.start({ host: hostOfProgram() })
  await next.create(Faulty)
  console.log('the next one works')
}

function report(what: string): (error: unknown) => void {
  return (error) => {
    if (!isManagerError(error)) return console.log(`${what} ${String(error)}`)
    console.log(`${what} ${error.code} ${error.delivery}${because(error.cause)}`)
  }
}

/** The error of the referent that is at the bottom of it, if one is. */
function because(cause: unknown): string {
  if (isManagerError(cause)) return because(cause.cause)
  if (!(cause instanceof RangeError)) return ''
  return ` because of ${cause.message}, ${cause.stack?.includes('faulty.') === true ? 'with' : 'without'} its stack`
}

if (isMain(import.meta)) {
  const [how, path] = process.argv.slice(2)
  if (how === 'serves' || how === 'closes') await serve(how === 'closes', path)
  if (how === 'starts') await startThrowing(hostOfProgram()).catch(report('start'))
  if (how === 'throwLater' || how === 'rejectLater' || how === 'exit') await loseServer(how)
}
