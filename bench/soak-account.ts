import type { Journal } from './soak-journal.ts'

/** What all clients of a soak know together, against what the server's objects say. */
export class SoakAccount {
  readonly calls = { done: 0, unknown: 0, 'not-sent': 0 }
  readonly sessions = { closed: 0, cut: 0 }
  /** How many calls of `unknown` delivery the server had carried out. */
  carriedOut = 0
  readonly wrong: string[] = []
  readonly #increments = { done: 0, unknown: 0 }
  readonly #values = new Set<number>()

  /**
   * Adds a client that has ended.
   * @param applied how often the log has each of its sequence numbers
   * @param wasKilled by then nobody waits for its calls any more; else each must be settled
   */
  add(client: number, journal: Journal, applied: Uint8Array, wasKilled: boolean): void {
    this.sessions.closed += journal.events.closed
    this.sessions.cut += journal.events.cut
    for (const [sequence, { operation, outcome, value }] of journal.calls) {
      const name = `${operation} ${sequence} of client ${client}`
      if (outcome === 'begun' && !wasKilled) this.wrong.push(`${name} was never settled`)
      const known = outcome === 'begun' ? 'unknown' : outcome
      this.calls[known]++
      if (operation === 'append') this.#compare(name, known, applied[sequence] ?? 0)
      else this.#count(name, known, value)
    }
    for (const [sequence, times] of applied.entries()) {
      if (times > 0 && !journal.calls.has(sequence)) this.wrong.push(`client ${client} never made its call ${sequence}`)
    }
  }

  /** Adds the value that the counter has when nobody calls it any more. */
  addCounter(value: number): void {
    const { done, unknown } = this.#increments
    if (value < done || value > done + unknown) {
      this.wrong.push(`the counter is ${value}; ${done} increments were answered, and ${unknown} may have been made`)
    }
    this.carriedOut += value - done
  }

  #compare(name: string, outcome: keyof SoakAccount['calls'], times: number): void {
    const [least, most] = { done: [1, 1], unknown: [0, 1], 'not-sent': [0, 0] }[outcome] as [number, number]
    if (times < least || times > most) this.wrong.push(`${name}, '${outcome}', is ${times} times in the log`)
    if (outcome === 'unknown') this.carriedOut += times
  }

  /** Each answer is a value that the counter had once. */
  #count(name: string, outcome: keyof SoakAccount['calls'], value: number): void {
    if (outcome === 'not-sent') return
    this.#increments[outcome]++
    if (outcome === 'unknown') return
    if (this.#values.has(value)) this.wrong.push(`${name} was answered ${value}, as another one was`)
    this.#values.add(value)
  }
}
