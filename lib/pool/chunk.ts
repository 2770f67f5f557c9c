import type { PoolFunction } from './functions.ts'
import type { Steps } from './in-turns.ts'
import type { Answers } from './messages.ts'
import type { Outcomes } from './outcomes.ts'
import type { PackedList } from './packed.ts'
import { type Calls, Piece } from './piece.ts'

/** So many calls are packed in one step, and their answers unpacked. */
const pieceSize = 1000

/** Some calls of one function, which one worker makes one after the other. */
export class Chunk {
  readonly fn: PoolFunction
  /** The arguments as they were given: while the chunk waits, they keep the proxies inside from being collected. */
  readonly calls: Calls
  readonly #pieces: readonly Piece[]

  private constructor(fn: PoolFunction, calls: Calls, pieces: readonly Piece[]) {
    this.fn = fn
    this.calls = calls
    this.#pieces = pieces
  }

  /** Packs the arguments: what happens to them after that changes nothing. */
  static *pack(fn: PoolFunction, calls: Calls): Steps<Chunk> {
    const pieces: Piece[] = []
    for (let start = 0; start < calls.values.length; start += pieceSize) {
      if (start > 0) yield
      pieces.push(new Piece(slice(calls, start, pieceSize)))
    }
    return new Chunk(fn, calls, pieces)
  }

  /** What is sent of the calls that can be made, of a piece at a time. */
  get sent(): readonly PackedList[] {
    return this.#pieces.map(({ sent }) => sent)
  }

  /** How many these are. */
  get size(): number {
    return this.#pieces.reduce((sum, { size }) => sum + size, 0)
  }

  /** How all calls ended, of which those that were sent have their answers. */
  *outcomes(answers: readonly Answers[]): Steps<Promise<Outcomes[]>> {
    const outcomes: Promise<Outcomes>[] = []
    for (const [index, piece] of this.#pieces.entries()) {
      if (index > 0) yield
      outcomes.push(piece.outcomes(answers[index] ?? []))
    }
    return Promise.all(outcomes)
  }

  /** How all calls ended where those that could be made have failed together. */
  failed(error: unknown): Outcomes[] {
    return this.#pieces.map((piece) => piece.failed(error))
  }
}

/** So many of the calls. */
export function slice({ values, areSpread }: Calls, start: number, size: number): Calls {
  const isAll = start === 0 && values.length <= size
  return { values: isAll ? values : values.slice(start, start + size), areSpread }
}
