import assert from 'node:assert/strict'
import { Manager, type Remote } from 'referent'
import { eventually } from '../../harness/eventually.ts'
import { Janitor } from '../janitor.ts'
import { Shelf } from '../shelf.ts'
import { AtOnce } from './at-once.ts'
import { Census, CountedItem } from './counted-item.ts'
import type { Course, CourseOptions } from './course.ts'
import { Crew } from './crew.ts'
import { Held, idOf, labelOf } from './held.ts'
import { InTurn } from './in-turn.ts'
import { leaseMs } from './messages.ts'
import { slots } from './operations.ts'

export interface ChaosOptions extends CourseOptions {
  readonly seed: number
  /**
   * `in turn` can be replayed: the order of all operations is the seed's; with kills in the midst of operations, or
   * with kills between them only. `at once` is the machine's.
   */
  readonly pace: 'in turn' | 'in turn, kills between' | 'at once'
}

/** What a run did. */
export interface ChaosOutcome extends Pick<Course, 'log' | 'operations' | 'kills'> {
  /** What each client and each slot of the shelf held when all was done. */
  readonly state: readonly string[]
}

/**
 * Lets a server's clients do as they like and be killed, then rejects unless the server holds just what those hold that
 * live: after the run, with half of them killed, and with all.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosOutcome> {
  await using run = await ChaosRun.start(options)
  const { course, crew } = run
  await course.run()
  assert.deepEqual(crew.failures, [])
  // Before all are called, at once: a function gives what its caller then holds.
  const state = await run.state()
  await run.untilExact()
  await run.callAll()
  await crew.kill(options.clients / 2)
  await run.untilExact()
  await run.callAll()
  await crew.kill(options.clients)
  await run.untilExact()
  await run.untilNoItemIsLeft()
  assert.deepEqual(crew.failures, [])
  return { log: course.log, operations: course.operations, kills: course.kills, state }
}

/**
 * A server whose clients create, call, store, pass on and let go of referents at random, and are killed at random
 * meanwhile; each is replaced by another one.
 */
class ChaosRun implements AsyncDisposable {
  readonly crew: Crew
  readonly course: Course
  readonly #manager: Manager
  readonly #shelf: Remote<Shelf>
  readonly #maker: Remote<CountedItem>
  readonly #janitor: Remote<Janitor>
  readonly #census: Remote<Census>

  private constructor(
    options: ChaosOptions,
    manager: Manager,
    [shelf, maker, janitor, census]: [Remote<Shelf>, Remote<CountedItem>, Remote<Janitor>, Remote<Census>],
  ) {
    this.crew = new Crew(options.seed, manager, [shelf, maker])
    this.course =
      options.pace === 'at once'
        ? new AtOnce(this.crew, options)
        : new InTurn(this.crew, options, options.pace === 'in turn')
    this.#manager = manager
    this.#shelf = shelf
    this.#maker = maker
    this.#janitor = janitor
    this.#census = census
  }

  static async start(options: ChaosOptions): Promise<ChaosRun> {
    const manager = await Manager.start({ pinMs: leaseMs })
    const own = await Promise.all([
      manager.create(Shelf),
      manager.create(CountedItem),
      manager.create(Janitor),
      manager.create(Census),
    ])
    return new ChaosRun(options, manager, own)
  }

  /** Resolves when the server holds just what the clients that live hold; rejects when that doesn't come. */
  async untilExact(): Promise<void> {
    let [held, hosted] = [new Map<number, number>(), new Map<number, number>()]
    await eventually('the server holds what its clients hold', async () => {
      await this.#janitor.sweep()
      held = await this.#held()
      hosted = await this.#hosted()
      return isDeepEqual(held, hosted) || undefined
    }).catch(() => undefined)
    assert.deepEqual(hosted, held, 'how many sessions hold each referent, by its id')
  }

  /** Rejects unless all that the clients hold works. */
  async callAll(): Promise<void> {
    await Promise.all(this.crew.clients.map((client) => client.callAll()))
  }

  /** What each client and each slot of the shelf holds, one line for each. */
  async state(): Promise<string[]> {
    const lines: string[] = []
    for (const client of this.crew.clients) lines.push(`${client.number}: ${(await client.labels()).join()}`)
    for (const slot of slots) lines.push(`${slot}: ${await this.#inSlot(slot)}`)
    return lines
  }

  async #inSlot(slot: string): Promise<string> {
    const held = new Held()
    held.add(await this.#shelf.get(slot))
    const labels = await Promise.all([...held].map((proxy) => labelOf(proxy)))
    for (const proxy of [...held]) held.release(proxy)
    return labels.join()
  }

  /** Resolves when nothing in the server keeps an item any more, but for the one that this run holds. */
  async untilNoItemIsLeft(): Promise<void> {
    await this.#shelf.clear()
    await eventually('no item is left in the server', async () => {
      await this.#janitor.sweep()
      return (await this.#census.count()) === 1 || undefined
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.crew[Symbol.asyncDispose]()
    await this.#manager.close()
  }

  /** How many hold each referent, as they say themselves. */
  async #held(): Promise<Map<number, number>> {
    const own = [this.#shelf, this.#maker, this.#janitor, this.#census].map((proxy) => idOf(proxy))
    const held = new Map<number, number>()
    for (const ids of [own, ...(await Promise.all(this.crew.clients.map((client) => client.ids())))])
      for (const id of ids) held.set(id, (held.get(id) ?? 0) + 1)
    return inOrder(held)
  }

  /** How many sessions hold each referent, as the server says; a lease counts as one. */
  async #hosted(): Promise<Map<number, number>> {
    const { referents } = await this.#manager.inspect()
    return inOrder(new Map(referents.map(({ id, references, pins }) => [id, references + pins])))
  }
}

function inOrder(counts: Map<number, number>): Map<number, number> {
  return new Map([...counts].toSorted(([one], [other]) => one - other))
}

function isDeepEqual(one: Map<number, number>, other: Map<number, number>): boolean {
  return JSON.stringify([...one]) === JSON.stringify([...other])
}
