import type { Shot } from './shot.ts'
import { count, type Count, emptyTally, type Tally } from './tally.ts'

/** A frame that was sent: enough to find it again. */
export interface SentFrame {
  readonly atMs: number
  readonly session: number
  /** Its number in the session, from 1. */
  readonly frame: number
  readonly attack: string
  readonly bytes: number
  /** The beginning of its text. */
  readonly text: string
}

/** What all sessions of a hostile process know together. */
export interface Onset {
  readonly tally: Tally
  readonly latest: SentFrame[]
  readonly batchLength: number
  isStopped: boolean
  /** In the middle of the last heavy frame; else undefined. */
  heavy: Promise<void> | undefined
  failed(what: string): void
  /** Told after each batch, where somebody wants to know how long each took. */
  settled?: (frame: SentFrame, ms: number, isCut: boolean) => void
}

export function newOnset(batchLength: number, failed: (what: string) => void): Onset {
  return { tally: emptyTally(), latest: [], batchLength, isStopped: false, heavy: undefined, failed }
}

/** How many frames are kept for who looks for the one that did it. */
const latestFrames = 3000

/** What one session tells of itself. */
export class SessionLog {
  readonly seed: number
  readonly #onset: Onset
  #frames = 0

  constructor(onset: Onset, seed: number) {
    this.#onset = onset
    this.seed = seed
    this.count('sessions')
  }

  get tally(): Tally {
    return this.#onset.tally
  }

  get isStopped(): boolean {
    return this.#onset.isStopped
  }

  get batchLength(): number {
    return this.#onset.batchLength
  }

  count(what: Count): void {
    count(this.tally.counts, what)
  }

  sent({ name, bytes }: Shot): void {
    count(this.tally.frames, name)
    count(this.tally.counts, 'bytes', bytes.length)
    const text = bytes.toString('latin1', 8, Math.min(bytes.length, 400))
    const { latest } = this.#onset
    latest.push({
      atMs: Date.now(),
      session: this.seed,
      frame: ++this.#frames,
      attack: name,
      bytes: bytes.length,
      text,
    })
    if (latest.length > 2 * latestFrames) latest.splice(0, latestFrames)
  }

  settled(ms: number, isCut: boolean): void {
    const last = this.#onset.latest.at(-1)
    if (last !== undefined) this.#onset.settled?.(last, ms, isCut)
  }

  failed(what: string): void {
    this.#onset.failed(`session ${this.seed}, frame ${this.#frames}: ${what}`)
  }

  /** Resolves when no other session has a heavy frame on its way; the function that it gives lets the next one. */
  async heavyTurn(): Promise<() => void> {
    while (this.#onset.heavy !== undefined) await this.#onset.heavy
    let done = (): void => undefined
    this.#onset.heavy = new Promise((resolve) => {
      done = () => {
        this.#onset.heavy = undefined
        resolve()
      }
    })
    return done
  }
}
