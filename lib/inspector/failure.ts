import { isManagerError } from '../errors.ts'
import { shown } from '../options.ts'
import type { Failure } from './messages.ts'

/** How much of a text is shown. */
const maxText = 10_000

/** An error as a page shows it. One of a server may have anything for its texts. */
export function failureOf(thrown: unknown): Failure {
  if (!(thrown instanceof Error)) return { name: 'Error', message: 'what was thrown is no Error' }
  const { name, message, stack } = thrown
  return {
    name: cut(name),
    message: cut(message),
    ...(isManagerError(thrown) ? { code: cut(thrown.code) } : {}),
    ...(stack === undefined ? {} : { stack: cut(stack) }),
  }
}

function cut(text: unknown): string {
  const whole = typeof text === 'string' ? text : shown(text)
  return whole.length > maxText ? `${whole.slice(0, maxText)}…` : whole
}
