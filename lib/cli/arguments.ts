import { UsageError } from './exit-codes.ts'

/** The arguments of a call. @throws UsageError for what isn't JSON, naming it */
export function argumentsOf(texts: readonly string[]): unknown[] {
  return texts.map((text, index) => {
    try {
      return JSON.parse(text) as unknown
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new UsageError(`argument ${index + 1} is not JSON: ${reason}; a text has quotation marks: '"text"'`, {
        cause,
      })
    }
  })
}
