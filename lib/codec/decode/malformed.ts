import { ManagerError } from '../../errors.ts'

/**
 * What every statement about a peer's input goes through.
 * @param what names the malformed part
 * @throws ManagerError `PROTOCOL`
 */
export function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw malformed(what)
}

export function malformed(what: string, cause?: unknown): ManagerError {
  return new ManagerError('PROTOCOL', `The peer sent a malformed value: ${what}`, cause === undefined ? {} : { cause })
}

export function isRecord(raw: unknown): raw is Readonly<Record<string, unknown>> {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw)
}

/** A place in a list of that length. */
export function isIndex(raw: unknown, length: number): raw is number {
  return Number.isSafeInteger(raw) && typeof raw === 'number' && raw >= 0 && raw < length
}
