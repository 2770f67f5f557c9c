import type { ClientProcess, Listener } from './client-process.ts'
import { type Course, type CourseOptions, untilKill } from './course.ts'
import type { Crew } from './crew.ts'
import type { Passed } from './messages.ts'

/**
 * All clients do as they like, several things at a time. The seed decides what each does and how many operations lie
 * between two kills; how the clients' operations meet, the machine decides.
 */
export class AtOnce implements Course, Listener {
  readonly log: string[] = []
  operations = 0
  kills = 0
  readonly #crew: Crew
  readonly #options: CourseOptions
  readonly #replacing = new Set<Promise<void>>()
  #nextKill: number
  #finish = (): void => undefined

  constructor(crew: Crew, options: CourseOptions) {
    this.#crew = crew
    this.#options = options
    this.#nextKill = options.operationsPerKill
  }

  async run(): Promise<void> {
    const finished = new Promise<void>((resolve) => (this.#finish = resolve))
    await this.#crew.fill(this.#options.clients, this)
    for (const client of this.#crew.clients) client.tell({ kind: 'run' })
    try {
      await finished
      await this.#stop()
    } finally {
      await Promise.all(this.#replacing)
    }
    await this.#stop()
  }

  done(): void {
    this.operations++
    if (this.operations >= this.#options.operations) this.#finish()
    // Somebody must be left for what is passed on, however long the others take to be replaced.
    else if (this.operations >= this.#nextKill && this.#crew.clients.length > 1) this.#replaceOne()
  }

  pass(passed: Passed): void {
    this.#crew.pick().tell({ kind: 'take', passed })
  }

  failed(what: string): void {
    this.#crew.failures.push(what)
  }

  async #stop(): Promise<void> {
    await Promise.all(this.#crew.clients.map((client) => client.stop()))
  }

  #replaceOne(): void {
    this.#nextKill += untilKill(this.#options, this.#crew.random)
    this.kills++
    const victim = this.#crew.pick()
    this.log.push(`${victim.number} killed`)
    const replacing = this.#replace(victim).finally(() => this.#replacing.delete(replacing))
    this.#replacing.add(replacing)
  }

  async #replace(victim: ClientProcess): Promise<void> {
    const client = await this.#crew.replace(victim, this)
    client.tell({ kind: 'run' })
  }
}
