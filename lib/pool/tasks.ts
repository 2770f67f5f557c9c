import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Delivery, LinkedList, type ListNode, ManagerError } from '../extension.ts'
import { Failure, ListPacker, ListReader, type PackedList, unpackNext } from '../process/marshal-list.ts'
import { modulesOf, targetOf } from '../process/target.ts'
import type { PoolTarget, Results } from './messages.ts'

/** How many calls are packed in one step, and their results unpacked. */
const stepSize = 1000
/** How many bytes a value takes, where it is a number. */
const bytesEach = 5

const nothing: PackedList = new Uint8Array()

/** A chunk: some calls of one function, which one worker makes one after the other. */
export class Task {
  readonly fn: PoolFunction
  /** As they were given: while the task waits, they keep the proxies inside from being collected. */
  readonly values: readonly unknown[]
  /** The place of the first of them among all that the caller gave. */
  readonly start: number
  /** Whether its caller may cancel it: it shares a worker with no other then, which ends with it. */
  readonly isCancellable: boolean
  /** Never rejects. */
  readonly results: Promise<Results>
  isSettled = false
  /** Its calls packed, which is what is sent. */
  chunk: PackedList = nothing
  /** What is known of its calls, where they are cancelled: `unknown` once a worker has it. */
  delivery: Delivery = 'not-sent'
  /** How long its calls took, once they were made. */
  ms = 0
  /** Where it stands while it waits: the queue's own. */
  place: ListNode<Task> | undefined
  #packer: ListPacker | undefined
  #packedCount = 0
  /** Of the calls that can't be made, by their places. */
  readonly #unsent = new Map<number, Failure>()
  #resolve: (results: Results) => void = () => undefined

  constructor(fn: PoolFunction, values: readonly unknown[], start: number, isCancellable: boolean) {
    this.fn = fn
    this.values = values
    this.start = start
    this.isCancellable = isCancellable
    this.results = new Promise((resolve) => (this.#resolve = resolve))
  }

  /** How many of the calls can be made. */
  get size(): number {
    return this.values.length - this.#unsent.size
  }

  get isQueued(): boolean {
    return this.place !== undefined
  }

  get isPacked(): boolean {
    return this.#packedCount === this.values.length
  }

  /** Packs the next ones of the values: what happens to them after that changes nothing. */
  pack(): void {
    const { values } = this
    const packer = (this.#packer ??= new ListPacker(bytesEach * values.length))
    const root = this.fn.target.isSpread ? 'arguments' : 'argument 0'
    const end = Math.min(values.length, this.#packedCount + stepSize)
    for (; this.#packedCount < end; this.#packedCount++) {
      try {
        packer.add(values[this.#packedCount], root)
      } catch (error) {
        this.#unsent.set(this.#packedCount, new Failure(error))
      }
    }
    if (!this.isPacked) return
    this.chunk = packer.list
    this.#packer = undefined
  }

  /** Settles with what a worker has sent back, in turns of the event loop. Never rejects. @param ms how long its calls took */
  async receive(list: PackedList, ms: number): Promise<void> {
    this.ms = ms
    try {
      const reader = new ListReader(list)
      const results: unknown[] = []
      const turn = new Turn()
      let isWaiting = false
      while (!reader.isAtEnd) {
        if (turn.isOver) await turn.next()
        if (unpackNext(reader, stepSize, results)) isWaiting = true
      }
      this.#settle(isWaiting ? await Promise.all(results) : results)
    } catch (error) {
      this.fail(error)
    }
  }

  /** Settles: all calls fail together, but for those that could not be made. */
  fail(error: unknown): void {
    const failure = new Failure(error)
    if (!this.isSettled) this.#settle(Array.from({ length: this.size }, () => failure))
  }

  /** The first end counts, whichever it is. Nothing is sent after that. */
  #settle(results: Results): void {
    this.isSettled = true
    this.chunk = nothing
    const sent = results.values()
    this.#resolve(
      this.#unsent.size === 0 ? results : this.values.map((_, place) => this.#unsent.get(place) ?? sent.next().value),
    )
  }
}

/** Tasks in the order of their coming. */
export class TaskQueue {
  readonly #tasks = new LinkedList<Task>()

  get length(): number {
    return this.#tasks.length
  }

  get first(): Task | undefined {
    return this.#tasks.first
  }

  push(task: Task): void {
    task.place = this.#tasks.add(task)
  }

  /** Puts a task before all others. */
  unshift(task: Task): void {
    task.place = this.#tasks.unshift(task)
  }

  /** Takes a task out, if it is there. */
  remove(task: Task): void {
    if (task.place !== undefined) this.#tasks.delete(task.place)
    task.place = undefined
  }
}

/** A function that workers call, and the number by which they know it. */
export interface PoolFunction {
  readonly number: number
  readonly target: PoolTarget
}

/** The functions of one pool: each has one number, so that a worker looks for it once. */
export class Functions {
  readonly #known = new Map<string, PoolFunction>()
  /** Those that were given by themselves, by the module that makes the call. */
  readonly #given = new WeakMap<object, Map<string, PoolFunction>>()

  /**
   * @param caller the module that calls the public method
   * @param isSpread whether values are lists of arguments
   * @throws TypeError for a function that no other process can find
   */
  of(fn: unknown, caller: string | undefined, isSpread: boolean): PoolFunction {
    if (typeof fn !== 'function') return this.#numbered(fn, caller, isSpread)
    const key = `${isSpread} ${caller}`
    const given = this.#given.get(fn) ?? new Map<string, PoolFunction>()
    const numbered = given.get(key) ?? this.#numbered(fn, caller, isSpread)
    this.#given.set(fn, given.set(key, numbered))
    return numbered
  }

  #numbered(fn: unknown, caller: string | undefined, isSpread: boolean): PoolFunction {
    const target = targetOf(fn, caller, 'the function of a task')
    const key = JSON.stringify([isSpread, modulesOf(target), target.name, target.source])
    const known = this.#known.get(key) ?? { number: this.#known.size, target: { ...target, isSpread } }
    this.#known.set(key, known)
    return known
  }
}

/** How long work goes on before it leaves the event loop to others for a turn. */
const turnMs = 10

/** A turn of the event loop, for work that may be too long for one. */
export class Turn {
  #beganMs: number | undefined

  /** Never when it is first asked, so that the first step of any work is done at once. */
  get isOver(): boolean {
    const nowMs = performance.now()
    this.#beganMs ??= nowMs
    return nowMs - this.#beganMs > turnMs
  }

  /** Resolves in the next one. */
  async next(): Promise<void> {
    await nextTurn()
    this.#beganMs = undefined
  }
}

/** @throws ManagerError `TIMEOUT` or `ABORTED` where the signal has aborted */
export function throwIfCancelled(fn: PoolFunction, signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw cancelledError(fn, signal.reason, 'not-sent')
}

/**
 * How a task ends whose caller doesn't want it any more: `TIMEOUT` or `ABORTED`.
 * @param reason what its signal aborted with; a `TimeoutError` where the time is up
 */
export function cancelledError(fn: PoolFunction, reason: unknown, delivery: Delivery): ManagerError {
  const { name } = fn.target
  const fate = delivery === 'not-sent' ? 'it was not called' : 'a worker that ran it was ended'
  if (reason instanceof DOMException && reason.name === 'TimeoutError')
    return new ManagerError('TIMEOUT', `'${name}' took too long: ${reason.message}; ${fate}`, { delivery })
  return new ManagerError('ABORTED', `'${name}' was cancelled by its caller; ${fate}`, { cause: reason, delivery })
}
