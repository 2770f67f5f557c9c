import { onAbort } from '../abort.ts'
import { shown } from '../options.ts'
import { Turn } from './in-turns.ts'

export type Iterating = Iterable<unknown> | AsyncIterable<unknown>

/** Checks what plain JavaScript passes as items. @throws TypeError for what can't be iterated over, naming it */
export function assertIterates(what: string, items: unknown): asserts items is Iterating {
  if (isAsync(items) || isSync(items)) return
  const advice = items instanceof Promise ? 'await it first' : 'give an array, or anything that can be iterated over'
  throw new TypeError(`the items of ${what} are ${shown(items)}; ${advice}`)
}

function isAsync(items: unknown): items is AsyncIterable<unknown> {
  return items !== null && items !== undefined && typeof Reflect.get(Object(items), Symbol.asyncIterator) === 'function'
}

export function isSync(items: unknown): items is Iterable<unknown> {
  return items !== null && items !== undefined && typeof Reflect.get(Object(items), Symbol.iterator) === 'function'
}

/** What is taken lazily from an iterable, in chunks. */
export class Input {
  /** How many items there are, where that can be told beforehand. */
  readonly size: number | undefined
  readonly #iterator: { return?(): unknown }
  readonly #next: () => IteratorResult<unknown, unknown> | Promise<IteratorResult<unknown, unknown>>
  readonly #chunkSize: number
  #isOver = false
  #failure: { readonly error: unknown } | undefined

  constructor(items: Iterating, chunkSize: number) {
    this.#chunkSize = chunkSize
    this.size = sizeOf(items)
    if (isAsync(items)) {
      const iterator = items[Symbol.asyncIterator]()
      this.#iterator = iterator
      this.#next = async () => iterator.next()
    } else {
      const iterator = items[Symbol.iterator]()
      this.#iterator = iterator
      this.#next = () => iterator.next()
    }
  }

  /**
   * The next items, fewer than a chunk only at the end; none when it is over. Those of an iterable that is synchronous
   * are taken in one turn.
   * @throws (as a rejection) what the iterable throws, after the items that came before
   */
  async next(): Promise<unknown[]> {
    const items: unknown[] = []
    try {
      while (!this.#isOver && items.length < this.#chunkSize) {
        const next = this.#next()
        const { done, value } = next instanceof Promise ? await next : next
        if (done === true) this.#isOver = true
        else items.push(value)
      }
    } catch (error) {
      this.#isOver = true
      this.#failure = { error }
    }
    if (items.length === 0 && this.#failure !== undefined) throw this.#failure.error
    return items
  }

  /** Tells the iterable that no more is wanted of it. Doesn't wait for one that is just making an item. */
  async leave(isBusy: boolean): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    const left = Promise.resolve(this.#iterator.return?.())
    if (isBusy) left.catch(() => undefined)
    else await left
  }
}

function sizeOf(items: Iterating): number | undefined {
  if (Array.isArray(items) || (ArrayBuffer.isView(items) && 'length' in items)) return items.length as number
  return items instanceof Set || items instanceof Map ? items.size : undefined
}

/** So many items are taken between two looks at whether they are wanted. */
const itemsAtOnce = 100

/**
 * All items of an asynchronous input.
 * @param refusal why no more are wanted, once that is so
 * @param limit aborts it, with what `refusal` gives then
 * @throws (as a rejection) what the input throws, or the refusal; the input is left then
 */
export async function collect(
  items: Iterating,
  refusal: () => Error | undefined,
  limit?: AbortSignal,
): Promise<unknown[]> {
  const input = new Input(items, itemsAtOnce)
  const aborted = new Promise<void>((resolve) => limit && onAbort(limit, resolve))
  const values: unknown[] = []
  const turn = new Turn()
  try {
    for (;;) {
      const some = await Promise.race([input.next(), aborted])
      const reason = refusal()
      if (reason !== undefined) throw reason
      if (some === undefined || some.length === 0) return values
      values.push(...some)
      // An input whose items are all there already is read without a turn of the event loop.
      if (turn.isOver) await turn.next()
    }
  } catch (error) {
    await input.leave(true)
    throw error
  }
}
