import { onAbort, shown } from '../extension.ts'
import { Failure } from '../process/marshal-list.ts'
import { Turn } from './tasks.ts'

export type Iterating = Iterable<unknown> | AsyncIterable<unknown>

/** Checks what plain JavaScript passes as items. @throws TypeError for what can't be iterated over, naming it */
export function assertIterates(what: string, items: unknown): asserts items is Iterating {
  if (isAsync(items) || isSync(items)) return
  const advice = items instanceof Promise ? 'await it first' : 'give an array, or anything that can be iterated over'
  throw new TypeError(`the items of ${what} are ${shown(items)}; ${advice}`)
}

function isAsync(items: unknown): items is AsyncIterable<unknown> {
  return hasMethod(items, Symbol.asyncIterator)
}

export function isSync(items: unknown): items is Iterable<unknown> {
  return hasMethod(items, Symbol.iterator)
}

function hasMethod(value: unknown, name: symbol): boolean {
  return value !== null && value !== undefined && typeof Reflect.get(Object(value), name) === 'function'
}

/** What is taken lazily from an iterable, in chunks. */
export class Input {
  /** How many items there are, where that can be told beforehand. */
  readonly size: number | undefined
  readonly #iterator: Iterator<unknown, unknown> | AsyncIterator<unknown, unknown>
  readonly #chunkSize: number
  #isOver = false
  #failure: Failure | undefined

  constructor(items: Iterating, chunkSize: number) {
    this.size = sizeOf(items)
    this.#iterator = isAsync(items) ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
    this.#chunkSize = chunkSize
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
        const next = this.#iterator.next()
        const { done, value } = 'then' in next ? await next : next
        if (done === true) this.#isOver = true
        else items.push(value)
      }
    } catch (error) {
      this.#isOver = true
      this.#failure = new Failure(error)
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

/** How many items are taken between two checks. */
const itemsAtOnce = 100

/**
 * All items of an asynchronous input.
 * @param check throws when no more are wanted
 * @param signal aborts when `check` throws from now on
 * @throws (as a rejection) what the input throws, or `check`; the input is left then
 */
export async function readAll(items: Iterating, check: () => void, signal?: AbortSignal): Promise<unknown[]> {
  const input = new Input(items, itemsAtOnce)
  const aborted = new Promise<undefined>((resolve) => signal && onAbort(signal, () => resolve(undefined)))
  const values: unknown[] = []
  const turn = new Turn()
  try {
    for (;;) {
      check()
      const some = await Promise.race([input.next(), aborted])
      if (some?.length === 0) return values
      values.push(...(some ?? []))
      // An input whose items are all there already is read without a turn of the event loop.
      if (turn.isOver) await turn.next()
    }
  } catch (error) {
    await input.leave(true)
    throw error
  }
}
