import type { StreamIterator } from '../session/outgoing-stream.ts'
import {
  type CallFilter,
  type CallRecord,
  type CallRecords,
  isWanted,
  type Recorded,
  type Seen,
} from './call-record.ts'

/** The shortest time between two batches. */
const batchMs = 100

/** What is kept for one watch until the next batch. */
const maxRecords = 1000
const maxCharacters = 1_000_000

/** A record without what an error brings: names and ids, which are cut. */
const usualCharacters = 500

type Step = IteratorResult<CallRecords, undefined>

const done: Step = { done: true, value: undefined }

/**
 * The calls that one watcher wants: a stream of batches, the first at once and empty. What a reader doesn't take is kept so far
 * as there is room, and then counted.
 */
export class CallWatch implements StreamIterator {
  readonly #filter: CallFilter
  readonly #begin: () => void
  readonly #over: () => void
  #records: CallRecord[] = []
  #characters = 0
  #missed = 0
  #seq = 0
  #lastMs = -Infinity
  #isFirst = true
  #isOver = false
  /** Gives the batch that was asked for, when there is something in it. */
  #give: ((step: Step) => void) | undefined
  #timer: NodeJS.Timeout | undefined

  /**
   * @param begin is called when somebody begins to read
   * @param over is called when nobody will any more
   */
  constructor(filter: CallFilter, begin: () => void, over: () => void) {
    this.#filter = filter
    this.#begin = begin
    this.#over = over
  }

  [Symbol.asyncIterator](): this {
    if (!this.#isOver) this.#begin()
    return this
  }

  /** Counts a call, if it is one that is wanted. Returns whether its record is to be added. */
  takes(seen: Seen): boolean {
    if (!isWanted(seen, this.#filter)) return false
    this.#seq++
    if (this.#records.length < maxRecords) return true
    this.#miss()
    return false
  }

  /** Of the call that was counted last. */
  add(recorded: Recorded): void {
    const characters = charactersOf(recorded)
    if (this.#characters + characters > maxCharacters) return this.#miss()
    this.#records.push({ seq: this.#seq, ...recorded })
    this.#characters += characters
    if (this.#give !== undefined) this.#giveSoon()
  }

  /** One at a time is asked for. */
  next(): Step | Promise<Step> {
    if (this.#isOver) return done
    if (this.#isFirst) {
      this.#isFirst = false
      return { done: false, value: { calls: [], missed: 0 } }
    }
    const batch = new Promise<Step>((resolve) => (this.#give = resolve))
    if (this.#records.length > 0 || this.#missed > 0) this.#giveSoon()
    return batch
  }

  return(): Step {
    this.end()
    return done
  }

  /** Nothing more comes. */
  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#records = []
    this.#give?.(done)
    this.#over()
  }

  #miss(): void {
    this.#missed++
    if (this.#give !== undefined) this.#giveSoon()
  }

  #giveSoon(): void {
    this.#timer ??= setTimeout(() => this.#giveNow(), Math.max(0, this.#lastMs + batchMs - performance.now())).unref()
  }

  #giveNow(): void {
    const [give, calls, missed] = [this.#give, this.#records, this.#missed]
    this.#timer = undefined
    this.#give = undefined
    this.#records = []
    this.#characters = 0
    this.#missed = 0
    this.#lastMs = performance.now()
    give?.({ done: false, value: { calls, missed } })
  }
}

function charactersOf({ error, callers = [] }: Recorded): number {
  const { message = '', stack = '' } = error ?? {}
  return usualCharacters + message.length + stack.length + callers.length * 40
}
