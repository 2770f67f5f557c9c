import { AsyncLocalStorage } from 'node:async_hooks'
import { currentCall } from '../../call-context.ts'
import { ManagerError } from '../../errors.ts'
import type { Keys } from './claims.ts'

/** Those that a turn waits for now, none where it has come. */
type Blocking = (turn: Turn) => readonly Turn[]

/** Somebody's turn to write some keys: it waits until it has come, and then lasts until the keys are written. */
// Of any keys, for those who look for circles; the keys are for its `HeldKeys` to read.
export class Turn<K = unknown> {
  // Of the whole process: those who wait for each other may do so for keys of several containers.
  static readonly #waiting = new Set<Turn>()

  readonly keys: Keys<K>
  readonly #blocking: Blocking
  readonly #call = currentCall()
  /** Asked for at once: the calls that are made within this turn bring it along. */
  readonly #callId = this.#call?.id
  readonly #outer: readonly Turn[]

  constructor(keys: Keys<K>, blocking: Blocking) {
    this.keys = keys
    this.#blocking = blocking
    const store = inside.getStore()
    // Where client and server are one process, calls of others may come in the same batch, and so from this very place.
    this.#outer = store?.callId === this.#callId ? (store?.turns ?? []) : []
  }

  /** Runs `body` as what happens within this turn. */
  run<T>(body: () => T): T {
    return inside.run({ callId: this.#callId, turns: [...this.#outer, this] }, body)
  }

  /**
   * @param what names what it writes, in the message
   * @throws ManagerError `DEADLOCK` where what it would wait for waits for this very turn
   */
  assertComes(what: string): void {
    if (!this.#isNested || !this.#waitsForOuter(this, new Set())) return
    const why = `${what} can't be written within the function that computes it, or that holds up who does`
    throw new ManagerError('DEADLOCK', `${why}: they would wait for each other; give the new value as the result`)
  }

  /** Resolves or rejects as `arrival` does; until then, all turns of this process see that this one waits. */
  async wait(arrival: Promise<unknown>): Promise<void> {
    Turn.#waiting.add(this)
    try {
      await arrival
    } finally {
      Turn.#waiting.delete(this)
    }
  }

  get #isNested(): boolean {
    return this.#outer.length > 0 || (this.#call?.callers.length ?? 0) > 0
  }

  /** Whether `turn` waits, by whatever detour, for one that this one is taken within. */
  #waitsForOuter(turn: Turn, seen: Set<Turn>): boolean {
    if (seen.has(turn)) return false
    seen.add(turn)
    return turn.#awaited().some((each) => this.#isWithin(each) || this.#waitsForOuter(each, seen))
  }

  /** Those whose end this one waits for: before it has come, and in its course. */
  #awaited(): readonly Turn[] {
    return [...this.#blocking(this), ...[...Turn.#waiting].filter((turn) => turn.#isWithin(this))]
  }

  /** In this process, or by calls of whatever processes. */
  #isWithin(turn: Turn): boolean {
    return (
      this.#outer.includes(turn) ||
      (turn.#callId !== undefined && (this.#call?.callers.includes(turn.#callId) ?? false))
    )
  }
}

/** The turns that code of this process runs in, the outermost first, and the call that it runs for. */
const inside = new AsyncLocalStorage<{ readonly callId: string | undefined; readonly turns: readonly Turn[] }>()
