import { Exposed, Manager, Shared } from 'referent'

/** What was done to watched objects: one line for each trap. */
const touches: string[] = []

export class Watched {
  field = 'a field'

  visible(): string {
    return 'visible'
  }

  get readable(): string {
    return 'read'
  }

  hidden(): string {
    return 'secret'
  }

  _private(): string {
    return 'secret'
  }
}

/** Reads and clears the record. */
@Shared()
export class Touches {
  @Exposed
  take(): string[] {
    return touches.splice(0)
  }
}

export class WatchedManager extends Manager {}
WatchedManager.register('Watched', () => watch(new Watched()), { exposed: ['visible', 'readable'] })
WatchedManager.register('Public', () => watch(new Watched()), { exposed: 'public' })

/** Every trap there is, so that nothing can be done to `target` unseen. */
function watch<T extends object>(target: T): T {
  const traps = Object.getOwnPropertyNames(Reflect) as (keyof ProxyHandler<T> & keyof typeof Reflect)[]
  return new Proxy(target, Object.fromEntries(traps.map((trap) => [trap, recording(trap)])))
}

function recording(trap: keyof typeof Reflect): (...args: unknown[]) => unknown {
  const carryOut = Reflect[trap] as (...args: unknown[]) => unknown
  return (target, ...args) => {
    touches.push(`${trap} ${String(args[0])}`)
    return carryOut(target, ...args)
  }
}
