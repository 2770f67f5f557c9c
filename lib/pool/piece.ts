import { unmarshal } from '../process/marshal.ts'
import type { Answer, Answers } from './messages.ts'
import { fulfilled, type Outcomes } from './outcomes.ts'
import { type Packed, type PackedList, packSlim, textOf, unpackSlim, valuesOfText } from './packed.ts'

/** What the calls of a function are made with. */
export interface Calls {
  readonly values: readonly unknown[]
  /** Whether each of the values is an array of arguments; else it is the only argument. */
  readonly areSpread: boolean
}

/** A few calls of a chunk. The arguments are packed when it is made; those that can't cross fail their own call only. */
export class Piece {
  /** What is sent of the calls that can be made: their values as one text, or the arguments of each. */
  readonly sent: PackedList
  /** How many these are. */
  readonly size: number
  readonly #length: number
  /** Of the calls that can't be made, by their places. */
  readonly #errors = new Map<number, unknown>()

  constructor(calls: Calls) {
    this.#length = calls.values.length
    this.sent = textOf(calls.values) ?? this.#pack(calls)
    this.size = this.#length - this.#errors.size
  }

  /** How all calls ended, of which those that were sent have their answers. */
  async outcomes(answers: Answers): Promise<Outcomes> {
    if (typeof answers !== 'string') return this.#outcomes(await Promise.all(answers.map((each) => resultOf(each))))
    const values = valuesOfText(answers)
    return this.#errors.size === 0 ? fulfilled(values) : this.#outcomes(values.map((value) => ({ value })))
  }

  /** How all calls ended where those that could be made have failed together. */
  failed(error: unknown): Outcomes {
    return this.#outcomes(Array.from({ length: this.size }, () => ({ error })))
  }

  #pack({ values, areSpread }: Calls): Packed[] {
    const packed: Packed[] = []
    for (const [place, value] of values.entries()) {
      try {
        packed.push(packSlim(areSpread ? value : [value], 'arguments'))
      } catch (error) {
        this.#errors.set(place, error)
      }
    }
    return packed
  }

  #outcomes(results: readonly Result[]): Outcomes {
    const errors = new Map(this.#errors)
    const rest = results.values()
    const values = Array.from({ length: this.#length }, (_, place) => {
      if (this.#errors.has(place)) return undefined
      const result: Result = rest.next().value ?? { error: new Error('a worker gave too few answers') }
      if ('error' in result) errors.set(place, result.error)
      return 'value' in result ? result.value : undefined
    })
    return { values, errors }
  }
}

type Result = { readonly value: unknown } | { readonly error: unknown }

async function resultOf(answer: Answer): Promise<Result> {
  try {
    if (typeof answer === 'object' && 'error' in answer) return { error: await unmarshal(answer.error) }
    const value = unpackSlim(answer)
    return { value: value instanceof Promise ? await value : value }
  } catch (error) {
    return { error }
  }
}
