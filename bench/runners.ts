import { type Manager, Process, type Remote } from 'referent'
import { Race } from './race.ts'
import { usPerOperation } from './slice.ts'
import type { Subject } from './subject.ts'

/** What each client process does: calls one subject with so many in flight, whenever the race starts it. */
export async function runClient(race: Remote<Race>, subject: Remote<Subject>, inFlight: number): Promise<void> {
  let sliceMs = await race.ready()
  while (sliceMs > 0) {
    const us = await usPerOperation(sliceMs, inFlight, () => subject.increment(1))
    sliceMs = await race.ready(us)
  }
}

/** Several client processes that call one subject. */
export class Runners implements AsyncDisposable {
  readonly #race: Remote<Race>
  readonly #processes: readonly Process[]

  private constructor(race: Remote<Race>, processes: readonly Process[]) {
    this.#race = race
    this.#processes = processes
  }

  static async start(manager: Manager, subject: Remote<Subject>, parties: number, inFlight: number): Promise<Runners> {
    const race = await manager.create(Race, parties)
    const processes = Array.from({ length: parties }, () => new Process(runClient, [race, subject, inFlight]))
    for (const process of processes) process.start()
    return new Runners(race, processes)
  }

  /** Resolves with the microseconds per call of all processes together. */
  measure(sliceMs: number): Promise<number> {
    return this.#race.run(sliceMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#race.end()
    await Promise.all(this.#processes.map((process) => process.join()))
  }
}
