import { currentCall, isProxy, remove, shield, withOptions } from '../extension.ts'

/**
 * Runs a function of the caller's, and resolves with its result. Calls that the function makes are known by
 * `currentCall().callers`.
 * @throws (as a rejection) what the function throws; the reason of the call's signal, as soon as nobody waits for the
 *   call any more, whatever the function does
 */
export async function callBack<T>(fn: () => T | Promise<T>): Promise<T> {
  const call = currentCall()
  if (call === undefined) return fn()
  const { signal } = call
  signal.throwIfAborted()
  let abort = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error)
    signal.addEventListener('abort', abort)
  })
  try {
    const result = await Promise.race([fn(), aborted])
    signal.throwIfAborted()
    return result
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/**
 * Calls a function of the caller's to its end: it goes on when the call that it is called for is aborted or times out, and
 * nobody can know then how far it has come. Only with its session does it end.
 */
export function callToEnd<A extends unknown[], T>(fn: (...args: A) => T | Promise<T>, ...args: A): T | Promise<T> {
  const unbounded = isProxy(fn) ? (withOptions(fn, { timeoutMs: 0 }) as unknown as typeof fn) : fn
  return shield(() => unbounded(...args))
}

/**
 * Like `callBack`, of a function that returns a new value.
 * @throws (as a rejection) TypeError where it returns none: one that only changed its copy would drop the value silently
 */
export async function newValue<T>(fn: () => T | Promise<T>, method: string): Promise<T> {
  const value = await valueOrRemoval(fn, method)
  if (value === remove) throw new TypeError(`the function of ${method} gave remove, which is for SharedMap.compute`)
  return value
}

/** Like `newValue`, but it may also return `remove`. */
export async function valueOrRemoval<T>(fn: () => T | Promise<T>, method: string): Promise<T> {
  const value = await callBack(fn)
  if (value !== undefined) return value
  const how = method === 'compute of a map' ? 'the new value, or `remove` to delete the entry' : 'the new value'
  throw new TypeError(`the function of ${method} gave undefined: return ${how}`)
}
