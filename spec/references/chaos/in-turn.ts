import type { ClientProcess, Listener } from './client-process.ts'
import { type Course, type CourseOptions, untilKill } from './course.ts'
import type { Crew } from './crew.ts'
import type { Passed } from './messages.ts'
import { operations } from './operations.ts'

/**
 * One operation of one client at a time, so that a seed replays how they follow each other too: it decides who does
 * what, with what, and who is killed when. Half of the victims are killed in the midst of an operation. How far that
 * one has come by then, no seed decides: such a kill may leave another state behind than it did before, but what is
 * done next is the same.
 */
export class InTurn implements Course, Listener {
  readonly log: string[] = []
  operations = 0
  kills = 0
  readonly #crew: Crew
  readonly #options: CourseOptions
  readonly #killsInMidst: boolean
  #passed: Passed | undefined

  /** @param killsInMidst otherwise, all kills come between two operations, and a seed replays the final state too */
  constructor(crew: Crew, options: CourseOptions, killsInMidst: boolean) {
    this.#crew = crew
    this.#options = options
    this.#killsInMidst = killsInMidst
  }

  async run(): Promise<void> {
    const { random } = this.#crew
    await this.#crew.fill(this.#options.clients, this)
    let nextKill = untilKill(this.#options, random)
    while (this.operations < this.#options.operations) {
      const client = this.#crew.pick()
      const inMidst = this.#killsInMidst && random.below(2) === 0
      const isKill = this.operations === nextKill
      if (!isKill || inMidst) await this.#step(client, isKill)
      if (!isKill) continue
      await this.#kill(client)
      nextKill = this.operations + untilKill(this.#options, random)
    }
  }

  // Nothing is counted or passed on but in its turn.
  done(): void {}

  pass(passed: Passed): void {
    this.#passed = passed
  }

  failed(what: string): void {
    this.#crew.failures.push(what)
  }

  /** All is drawn before the client begins, so that nothing that it does changes what is drawn next. */
  async #step(client: ClientProcess, isLast: boolean): Promise<void> {
    const { random } = this.#crew
    const operation = random.pick(operations) ?? 'create'
    const [seed, taker] = [random.below(2 ** 31), this.#crew.pick()]
    this.operations++
    this.log.push(`${client.number} ${operation} ${seed}`)
    const order = { kind: 'step', operation, seed } as const
    if (isLast) return client.tell(order)
    this.#passed = undefined
    await client.step(order)
    if (this.#passed !== undefined) await taker.take(this.#passed)
  }

  async #kill(victim: ClientProcess): Promise<void> {
    this.kills++
    this.log.push(`${victim.number} killed`)
    await this.#crew.replace(victim, this)
  }
}
