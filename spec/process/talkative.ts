import { Exposed, isMain, Manager, Process, Shared } from 'referent'

// Its functions speak on the channel of the process they run in, as those of pm2's `wait_ready` and of loaders do.

@Shared()
export class Parrot {
  /** What tells Node's loader to report what it imports. */
  @Exposed
  get reports(): string | undefined {
    return process.env['WATCH_REPORT_DEPENDENCIES']
  }

  @Exposed
  talk(): number {
    talk()
    return process.pid
  }
}

export function talk(): void {
  for (const message of ['ready', null, 7, { kind: 'ready' }, { refused: {} }, { 'watch:import': [] }])
    process.send?.(message)
}

export function talkAndThrow(): never {
  talk()
  throw new Error('thrown after it has spoken')
}

export function startTalking(): Promise<Manager> {
  return Manager.start({ initializer: talk })
}

export function talkInChild(fn: () => void): Process {
  const child = new Process(fn)
  child.start()
  return child
}

// Speaks before it can be found out that the function isn't there.
if (!isMain(import.meta)) process.send?.('imported')
