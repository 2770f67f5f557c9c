import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { assign, Manager, refOf, type Remote } from 'referent'
import { eventually } from '../../spec/harness/eventually.ts'
import { openFiles } from '../soak-traces.ts'
import { Child } from './child.ts'
import { Decoys } from './decoys.ts'
import { framesAround, maxTextBytes, mebibytes, milliseconds, type Outcome, type Plan, stalls } from './outcome.ts'
import type { HostileOrder } from './orders.ts'
import { FuzzGauge, FuzzTarget } from './target.ts'
import { measureWaits } from './waiting-time.ts'

/** What the server may have more at the end than after its first sessions. */
const mostKeptGrowthBytes = 24 * 1024 * 1024
/** What the system counts moves by hundreds of megabytes with the longest frames, and says little. */
const mostRssGrowthBytes = 768 * 1024 * 1024
const pinMs = 1000

/** Hostile clients, against a real server process. */
export async function runHostileClients(plan: Plan): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'fuzz-'))
  try {
    using decoys = new Decoys(folder)
    await using manager = await Manager.start({ pinMs, maxTextBytes })
    await using run = await ClientRun.start(plan, manager, decoys)
    return await run.run()
  } finally {
    await rm(folder, { recursive: true })
  }
}

class ClientRun implements AsyncDisposable {
  readonly #plan: Plan
  readonly #manager: Manager
  readonly #gauge: Remote<FuzzGauge>
  readonly #target: Remote<FuzzTarget>
  readonly #order: HostileOrder
  readonly #failures: string[] = []
  readonly #children: Child[] = []
  readonly #waits: () => number
  #filesBefore = 0
  #before = { keptBytes: 0, rssBytes: 0 }

  private constructor(
    plan: Plan,
    manager: Manager,
    gauge: Remote<FuzzGauge>,
    target: Remote<FuzzTarget>,
    decoys: Decoys,
  ) {
    this.#plan = plan
    this.#manager = manager
    this.#gauge = gauge
    this.#waits = measureWaits([manager.pid])
    this.#target = target
    this.#order = {
      ...plan,
      address: manager.address,
      authkey: Buffer.from(manager.authkey.bytes).toString('hex'),
      capability: capabilityOf(refOf(target).toString()),
      hosts: [manager.address, ...decoys.addresses],
    }
    manager.on('exit', ({ exitCode, signal, error }) => {
      if (!this.#isOver) this.#failures.push(`the server ended with ${exitCode ?? signal}: ${error?.message}`)
    })
  }

  #isOver = false

  static async start(plan: Plan, manager: Manager, decoys: Decoys): Promise<ClientRun> {
    const gauge = await manager.create(FuzzGauge)
    const target = await manager.create(FuzzTarget)
    return new ClientRun(plan, manager, gauge, target, decoys)
  }

  async run(): Promise<Outcome> {
    const bystander = await this.#start('the bystander', './bystander-main.ts')
    this.#filesBefore = openFiles(this.#manager.pid)
    const intruders = await this.#start('the intruders', './intruder-main.ts')
    const startMs = performance.now()
    await this.#watch(intruders, bystander, startMs)
    const latest = await intruders.tellLatest()
    await intruders.stop(70_000)
    await bystander.stop(20_000)
    const seconds = (performance.now() - startMs) / 1000
    if (this.#failures.length === 0) {
      this.#longestPauseMs = await this.#gauge.longestPauseMs
      await this.#compareServer()
    }
    this.#isOver = true
    // What never goes so far tests nothing.
    if (intruders.tally.counts.answered === 0 && this.#plan.replay === undefined) {
      this.#failures.push('the server answered nothing: is the handshake another one now?')
    }
    const failures = [...this.#failures, ...stalls(bystander), ...bystander.failures, ...intruders.failures]
    return {
      direction: 'client',
      tally: intruders.tally,
      failures,
      latest: failures.length === 0 ? [] : framesAround([...latest, ...intruders.latest], bystander.slow),
      rows: [...this.#rows(bystander), ['seconds', seconds.toFixed(0)]],
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#children.map((child) => child[Symbol.asyncDispose]()))
  }

  async #start(name: string, program: string): Promise<Child> {
    const child = await Child.start(name, program, { ...this.#order })
    this.#children.push(child)
    return child
  }

  /** Until the time is over, the frames are sent, or something is wrong. */
  async #watch(intruders: Child, bystander: Child, startMs: number): Promise<void> {
    const endMs = startMs + this.#plan.durationMs
    let isWarm = false
    while (performance.now() < endMs && !intruders.isDone) {
      await pause(200)
      if (!isWarm && performance.now() > startMs + this.#plan.durationMs / 10) {
        isWarm = true
        this.#before = await this.#memory()
      }
      const wrong = [...this.#failures, ...intruders.failures, ...bystander.failures, ...stalls(bystander)]
      if (wrong.length > 0 || intruders.hasEnded || bystander.hasEnded) return
    }
  }

  async #memory(): Promise<{ keptBytes: number; rssBytes: number }> {
    return this.#gauge.memory()
  }

  /** The server holds what this process holds, and as much memory as before. */
  async #compareServer(): Promise<void> {
    await this.#target.keep(undefined)
    await assign(this.#target, { value: 0 })
    await eventually('only this session is left', async () => {
      const { sessions } = await this.#manager.inspect()
      return sessions.length === 1 || undefined
    }).catch((error: unknown) => this.#failures.push(String(error)))
    await pause(2 * pinMs)
    const { referents } = await this.#manager.inspect()
    const held = referents.map(({ typeid, references, pins }) => `${typeid} ${references}+${pins}`).toSorted()
    if (held.join() !== 'FuzzGauge 1+0,FuzzTarget 1+0') this.#failures.push(`the server has ${held.join()} left`)
    if ((await this.#gauge.hiddenCalls) > 0) this.#failures.push('what nobody exposed was called')
    if (await this.#gauge.isPolluted) this.#failures.push('every object of the server has got a property')
    await this.#compareMemory()
  }

  async #compareMemory(): Promise<void> {
    const after = await this.#memory()
    const kept = after.keptBytes - this.#before.keptBytes
    const rss = after.rssBytes - this.#before.rssBytes
    if (kept > mostKeptGrowthBytes) this.#failures.push(`the server keeps ${mebibytes(kept)} more than at first`)
    if (rss > mostRssGrowthBytes) this.#failures.push(`the server takes ${mebibytes(rss)} more than at first`)
    const files = openFiles(this.#manager.pid)
    if (files > this.#filesBefore)
      this.#failures.push(`the server has ${files} files open; it had ${this.#filesBefore}`)
    this.#after = after
  }

  #longestPauseMs: number | undefined
  #after: { keptBytes: number; rssBytes: number } | undefined

  #rows({ calls }: Child): Outcome['rows'] {
    return [
      ["bystander's calls", calls?.calls ?? 0],
      ['  the slowest', milliseconds(calls?.slowestMs)],
      ["  without the machine's part", milliseconds(calls?.slowestOwnMs)],
      ["server's waits for a processor", milliseconds(this.#waits())],
      ["server's longest collection of garbage", milliseconds(this.#longestPauseMs)],
      ["server's memory at first", mebibytes(this.#before.keptBytes)],
      ["server's memory in the end", this.#after === undefined ? '?' : mebibytes(this.#after.keptBytes)],
      ['  as the system counts', this.#after === undefined ? '?' : mebibytes(this.#after.rssBytes)],
    ]
  }
}

/** The id and the secret of a portable reference, as docs/protocol.md has it. */
function capabilityOf(reference: string): { id: number; secret: string } {
  const { searchParams, hash } = new URL(reference)
  return { id: Number(searchParams.get('id')), secret: hash.slice(1) }
}
