import { isExact, isJsonPatched } from '../codec/plain.ts'
import { marshalThrown } from '../process/marshal.ts'
import type { Answer, Answers } from './messages.ts'
import { joined, packSlim } from './packed.ts'

/** What calls have returned or thrown, packed as it comes: what happens to a result after that changes nothing. */
export class AnswerList {
  /** As long as there are only primitives that JSON keeps: they are packed together, in a fraction of the time. */
  #primitives: unknown[] | undefined = isJsonPatched() ? undefined : []
  readonly #answers: Answer[] = []

  /** @throws ManagerError `UNSERIALIZABLE`; then it is not added */
  add(result: unknown): void {
    if (this.#primitives !== undefined && isExact(result)) this.#primitives.push(result)
    else this.#push(packSlim(result, 'result'))
  }

  fail(error: unknown): void {
    this.#push({ error: marshalThrown(error) })
  }

  packed(): Answers {
    return this.#primitives === undefined ? joined(this.#answers) : JSON.stringify(this.#primitives)
  }

  #push(answer: Answer): void {
    for (const primitive of this.#primitives ?? []) this.#answers.push(packSlim(primitive))
    this.#primitives = undefined
    this.#answers.push(answer)
  }
}
