import { type CallContext, currentContext, runInCall } from '../../call-context.ts'
import { isProxy, withOptions } from '../../proxy/operations.ts'

/** Runs `body` for the current call, if there is one; what ends that call ends nothing that `body` waits for. */
export function outliveCall<T>(body: () => T): T {
  return runAs({ isAborted: true, abortReason: undefined, signal: new AbortController().signal }, body)
}

/**
 * Calls a function, here or where it came from, to its end: it goes on when the call that it is called for is aborted or
 * times out, and nobody can know then how far it has come. Only with its session does it end.
 */
export function callToEnd<A extends unknown[], T>(fn: (...args: A) => T | Promise<T>, ...args: A): T | Promise<T> {
  const unbounded = isProxy(fn) ? (withOptions(fn, { timeoutMs: 0 }) as unknown as typeof fn) : fn
  // A call that is made for one that nobody waits for any more is not bounded by it.
  return runAs({ isAborted: true }, () => unbounded(...args))
}

function runAs<T>(changes: Partial<CallContext>, body: () => T): T {
  const context = currentContext()
  if (context === undefined) return body()
  // Its getters have private state behind them, so they are asked on the context itself.
  const changed = new Proxy(context, {
    get: (target, name) => Reflect.get(name in changes ? changes : target, name) as unknown,
  })
  return runInCall(changed, body)
}
