import { unpack } from '../parcel.ts'
import { Failure } from './failure.ts'
import type { PoolFunction } from './functions.ts'
import type { Answer } from './messages.ts'
import { type Packed, packSlim, unpackSlim } from './packed.ts'

/** How a call ended. */
export type Outcome = PromiseSettledResult<unknown>

/** @throws the reason of one that was rejected */
export function valueOf(outcome: Outcome): unknown {
  if (outcome.status === 'rejected') throw outcome.reason
  return outcome.value
}

/**
 * Some calls of one function, which one worker makes one after the other. The arguments are packed when it is made:
 * what happens to them later changes nothing. Those that can't cross are not sent; only their own call is rejected.
 */
export class Chunk {
  readonly fn: PoolFunction
  /** The arguments of the calls that can be made. */
  readonly parcels: readonly Packed[]
  /** The arguments as they were given: while the chunk waits, they keep the proxies inside from being collected. */
  readonly calls: readonly (readonly unknown[])[]
  readonly #packed: readonly (Packed | Failure)[]

  constructor(fn: PoolFunction, calls: readonly (readonly unknown[])[]) {
    this.fn = fn
    this.calls = calls
    this.#packed = calls.map((args) => attempt(() => packSlim(args)))
    this.parcels = this.#packed.filter((each): each is Packed => !(each instanceof Failure))
  }

  /** The outcomes of all calls, in their order, of which those that were sent have their answers. */
  outcomes(answers: readonly Answer[]): readonly Outcome[] | Promise<readonly Outcome[]> {
    const outcomes = answers.map(outcomeOf)
    if (outcomes.every((outcome) => 'status' in outcome)) return this.#inPlace(outcomes)
    return Promise.all(outcomes.map(async (outcome) => outcome)).then((settled) => this.#inPlace(settled))
  }

  /** The outcomes of all calls where those that could be made have failed together. */
  failed(error: unknown): readonly Outcome[] {
    return this.#inPlace(this.parcels.map(() => rejected(error)))
  }

  #inPlace(outcomes: readonly Outcome[]): readonly Outcome[] {
    if (outcomes.length === this.#packed.length) return outcomes
    const made = outcomes.values()
    return this.#packed.flatMap((each) => (each instanceof Failure ? rejected(each.error) : (made.next().value ?? [])))
  }
}

function attempt(make: () => Packed): Packed | Failure {
  try {
    return make()
  } catch (error) {
    return new Failure(error)
  }
}

/** At once, where it holds no references. */
function outcomeOf(answer: Answer): Outcome | Promise<Outcome> {
  try {
    if (typeof answer === 'object' && 'error' in answer) return unpack(answer.error).then(rejected, rejected)
    const value = unpackSlim(answer)
    return value instanceof Promise ? value.then(fulfilled, rejected) : fulfilled(value)
  } catch (error) {
    return rejected(error)
  }
}

function fulfilled(value: unknown): Outcome {
  return { status: 'fulfilled', value }
}

function rejected(reason: unknown): Outcome {
  return { status: 'rejected', reason }
}
