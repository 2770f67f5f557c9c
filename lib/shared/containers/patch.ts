import { kindOf } from './amount.ts'
import { isRecord } from './copied.ts'

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
