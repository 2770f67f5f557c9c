import { Exposed, Shared } from 'referent'
import {
  currentCall,
  type Held,
  type Holder,
  holdersOf,
  sessionOf,
  type State,
  type Stateful,
  stateOf,
} from 'referent/extension'

/** An object of a program that throws when it is to tell of itself, or says too much. */
@Shared()
export class Quarrelsome implements Held, Stateful {
  readonly #throws: boolean
  readonly #session = sessionOf(currentCall())

  constructor(throws: boolean) {
    this.#throws = throws
  }

  @Exposed
  get throws(): boolean {
    return this.#throws
  }

  *[holdersOf](): Generator<Holder> {
    if (this.#throws) throw new Error('no')
    for (;;) yield { session: this.#session, sinceMs: 0, what: 'x'.repeat(5000) }
  }

  [stateOf](): State {
    if (this.#throws) throw new Error('no')
    const more = Array.from({ length: 200 }, (_, index): [string, number] => [`part ${index}`, index])
    return { text: 'x'.repeat(5000), object: {} as string, ...Object.fromEntries(more) }
  }
}
