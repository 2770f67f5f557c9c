import type { Codec, Encoded } from './codec.ts'
import { crossableError } from './crossable-error.ts'
import type { ReferencePort } from './reference-port.ts'

/**
 * Encodes anything thrown, and never fails: a field of an error or of its causes that can't cross is replaced by a text
 * that says so, and a thrown value that is no error and can't cross by an error that says so.
 */
export function encodeThrown(codec: Codec, thrown: unknown, port: ReferencePort): Encoded {
  return (
    attempt(() => codec.encode(thrown, port, 'error')) ??
    attempt(() => codec.encode(crossableError(codec, thrown, port), port, 'error')) ??
    codec.encode(new Error(`What was thrown can't cross: ${messageOf(thrown)}`), port, 'error')
  )
}

/** Reading what was thrown may run any code, and that may throw again. */
function messageOf(thrown: unknown): string {
  return (
    attempt(() => (thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : typeof thrown)) ?? "it can't be read"
  )
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}
