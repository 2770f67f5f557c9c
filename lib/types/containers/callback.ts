import { currentCall, remove } from '../../extension.ts'

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
