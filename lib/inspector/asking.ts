import { askByName, isStream } from '../proxy/by-name.ts'
import { plain } from '../proxy/plain.ts'
import { snapshot, withOptions } from '../proxy/operations.ts'
import type { Inspected } from './inspected.ts'
import type { Ask } from './messages.ts'

/** How long a method may take that a page calls. */
const timeoutMs = 60_000

/** How much of a value is shown, and how many items of a stream. */
const maxValues = 20_000
const maxJson = 100_000
const maxItems = 20

export type Question = Extract<Ask, { readonly kind: 'call' | 'snapshot' }>

/**
 * Calls a method for a page, or takes a snapshot: what that gives, as JSON. Of a stream it is the first items.
 * @throws (as a rejection) what the call does; Error for arguments that are no list of JSON, and for values that are too large
 */
export async function answerTo(question: Question, inspected: Inspected, signal: AbortSignal): Promise<string> {
  const { referent, server } = question
  const args = question.kind === 'call' ? argumentsOf(question.args) : []
  const options = { signal, timeoutMs }
  // It isn't released: the program that the inspector is in may have the same one. The garbage collector gives it back.
  const proxy = await inspected.proxyOf(referent, { server, ...options })
  const value =
    question.kind === 'snapshot'
      ? await snapshot(withOptions(proxy as never, options))
      : await askByName(proxy, question.member, args, options)
  return jsonOf(isStream(value) ? await firstOf(value) : value)
}

/** A value as JSON, cut where it is long. */
export function jsonOf(value: unknown): string {
  if (value === undefined) return 'undefined'
  const json = JSON.stringify(plain(value, maxValues), null, 2)
  return json.length > maxJson ? `${json.slice(0, maxJson)}…` : json
}

function argumentsOf(text: string): readonly unknown[] {
  let args: unknown
  try {
    args = JSON.parse(`[${text}]`)
  } catch (cause) {
    throw new Error('the arguments are no JSON: give them with commas between them, and texts in quotation marks', {
      cause,
    })
  }
  return args as unknown[]
}

async function firstOf(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const items: unknown[] = []
  for await (const item of stream) {
    items.push(item)
    if (items.length === maxItems) break
  }
  return items
}
