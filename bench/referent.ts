import { Manager, release, type Remote } from 'referent'
import type { Row } from './row.ts'
import { Runners } from './runners.ts'
import { usPerOperation } from './slice.ts'
import { makeRecords, Subject } from './subject.ts'

const records = makeRecords(1000)
const mebibyte = new Uint8Array(1024 * 1024).fill(7)
const streamItems = 2000

/** A manager, its server process, a subject in it, and client processes that call the subject too. */
export class Referent implements AsyncDisposable {
  readonly manager: Manager
  readonly #subject: Remote<Subject>
  readonly #runners: Runners
  readonly #inFlight: number
  readonly #clients: number

  private constructor(manager: Manager, subject: Remote<Subject>, runners: Runners, inFlight: number, clients: number) {
    this.manager = manager
    this.#subject = subject
    this.#runners = runners
    this.#inFlight = inFlight
    this.#clients = clients
  }

  static async start(inFlight: number, clients: number): Promise<Referent> {
    const manager = await Manager.start()
    const subject = await manager.create(Subject)
    const runners = await Runners.start(manager, subject, clients, inFlight)
    return new Referent(manager, subject, runners, inFlight, clients)
  }

  rows(): { sequential: Row; batched: Row; others: Row[] } {
    const subject = this.#subject
    return {
      sequential: this.#calls('call', 1, () => subject.increment(1)),
      batched: this.#calls('calls', this.#inFlight, () => subject.increment(1)),
      others: [
        this.#calls('async method, call', 1, () => subject.incrementLater(1)),
        this.#calls('async method, calls', this.#inFlight, () => subject.incrementLater(1)),
        this.#clientProcesses(),
        this.#creations(),
        echoOf('1,000 plain records', () => subject.echoRecords(records)),
        echoOf('1 MiB of bytes', () => subject.echoBytes(mebibyte)),
        streamOf(subject),
        managerStart,
      ],
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runners[Symbol.asyncDispose]()
    await this.manager.close()
  }

  #calls(what: string, inFlight: number, call: () => Promise<unknown>): Row {
    return {
      name: `referent ${what}${inFlight === 1 ? '' : `, ${inFlight} in flight`}`,
      unit: inFlight === 1 ? 'us' : '/s',
      echo: inFlight === 1 ? 'sequential' : 'batched',
      measure: (sliceMs) => usPerOperation(sliceMs, inFlight, call),
    }
  }

  #clientProcesses(): Row {
    return {
      name: `referent calls, ${this.#clients} client processes x ${this.#inFlight} in flight`,
      unit: '/s',
      echo: 'batched',
      measure: (sliceMs) => this.#runners.measure(sliceMs),
    }
  }

  #creations(): Row {
    const createAndRelease = async (): Promise<void> => release(await this.manager.create(Subject))
    return {
      name: 'referent create and release',
      unit: '/s',
      echo: 'sequential',
      measure: (sliceMs) => usPerOperation(sliceMs, 1, createAndRelease),
    }
  }
}

function echoOf(what: string, call: () => Promise<unknown>): Row {
  return {
    name: `referent echo of ${what}`,
    unit: 'ms',
    echo: 'sequential',
    measure: (sliceMs) => usPerOperation(sliceMs, 1, call),
  }
}

function streamOf(subject: Remote<Subject>): Row {
  const consume = async (): Promise<void> => {
    let sum = 0
    for await (const item of subject.count(streamItems)) sum += item
    if (sum !== (streamItems * (streamItems - 1)) / 2) throw new Error('the stream lost items')
  }
  return {
    name: 'referent stream items',
    unit: '/s',
    echo: 'batched',
    measure: async (sliceMs) => (await usPerOperation(sliceMs, 1, consume)) / streamItems,
  }
}

const managerStart: Row = {
  name: 'referent manager start (process)',
  unit: 'ms',
  echo: 'sequential',
  measure: async () => {
    const startMs = performance.now()
    const manager = await Manager.start()
    const us = (performance.now() - startMs) * 1000
    await manager.close()
    return us
  },
}
