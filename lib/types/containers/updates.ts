import { currentCall, remove } from '../../extension.ts'
import { isRecord } from './values.ts'

/** The numbers among the values of a container: what `increment` takes and returns. */
export type AmountOf<V> = unknown extends V ? number | bigint : Extract<V, number | bigint>

/**
 * The sum of a value and a number; both are numbers, or both bigints.
 * @param by 1 or 1n where it is undefined
 * @param what names the value in messages
 * @throws TypeError for what can't be added; RangeError for whole numbers whose sum a number no longer holds exactly
 */
export function sumOf(value: unknown, by: unknown, what: string): number | bigint {
  const step = by === undefined ? oneLike(value) : by
  if (typeof value === 'bigint' && typeof step === 'bigint') return value + step
  if (!isAmount(value)) throw new TypeError(`${what} is ${kindOf(value)}, not a number: it can't be incremented`)
  if (isNumber(value) && isNumber(step)) return exactSum(value, step, what)
  throw new TypeError(`${what} is ${kindOf(value)}: it can't be incremented by ${kindOf(step)}`)
}

function oneLike(value: unknown): number | bigint {
  return typeof value === 'bigint' ? 1n : 1
}

/** What `increment` starts from where there is nothing yet. */
export function startFor(by: unknown, from: unknown): unknown {
  if (from !== undefined) return from
  return typeof by === 'bigint' ? 0n : 0
}

function exactSum(value: number, step: number, what: string): number {
  const sum = value + step
  const isWhole = Number.isSafeInteger(value) && Number.isSafeInteger(step)
  if (!isWhole || Number.isSafeInteger(sum)) return sum
  throw new RangeError(`${what} would be ${sum}, more than a number counts exactly: keep a bigint there`)
}

function isAmount(value: unknown): boolean {
  return typeof value === 'bigint' || isNumber(value)
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && !Number.isNaN(value)
}

/** `undefined`, `null`, `NaN`, or what kind of value it is: `a string`. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null || Number.isNaN(value)) return String(value)
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/**
 * A plain object with the properties of `stored` and, over them, those of `patch`. The two stay as they are.
 * @param what names the stored value in messages
 * @throws TypeError where one of them is no plain object
 */
export function patched(stored: unknown, patch: unknown, what: string): object {
  if (!isRecord(stored)) throw new TypeError(`${what} is ${kindOf(stored)}, not a plain object: it can't be updated`)
  if (!isRecord(patch)) throw new TypeError(`the update of ${what} is ${kindOf(patch)}, not a plain object`)
  const both = { ...stored, ...patch }
  return Object.setPrototypeOf(both, Object.getPrototypeOf(stored) as object | null) as object
}

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
