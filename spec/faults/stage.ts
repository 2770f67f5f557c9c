import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Manager, Remote } from 'referent'
import { eventually, within } from '../harness/eventually.ts'
import { isNetwork, parseAddress, socketPath } from '../../lib/transport/address.ts'
import { slackMs } from './bounds.ts'
import { type Expectation, type Fault, outcomesOf, type State } from './cell.ts'
import type { Deed } from './programs/deed.ts'
import { renewSubject, startManager } from './programs/manager.ts'
import type { Subject } from './programs/subject.ts'

/** The managers that cells are played with. */
export class Stage {
  readonly #asNew: Manager[] = []

  /** One that is as new. The caller closes it, or gives it back as new. */
  async takeManager(): Promise<Manager> {
    return this.#asNew.pop() ?? startManager()
  }

  /** Takes one whose server holds nothing but the subject of before. */
  async giveBack(manager: Manager): Promise<void> {
    await renewSubject(manager)
    this.#asNew.push(manager)
  }

  /** Rejects unless this process can start another manager, which works: a cell to come takes that one. */
  async assertNextWorks(): Promise<void> {
    const manager = await startManager()
    assert.equal(await (await subjectOf(manager)).ping(), 'pong')
    this.#asNew.push(manager)
  }

  async closeManagers(): Promise<void> {
    await Promise.all(this.#asNew.splice(0).map((manager) => manager.close()))
  }
}

/** What all the parties of a cell call. */
export function subjectOf(manager: Manager): Promise<Remote<Subject>> {
  return manager.lookup<Subject>('subject')
}

/** The deed that a fault is, if it is one. */
export function deedOf(fault: Fault): Deed | undefined {
  if (fault === 'process.exit in a method') return 'exit'
  return fault === "an uncaught error in a method's timer" ? 'throw' : undefined
}

/** Runs `settling`, and fails where that takes longer than the cell allows. */
export async function inTime(expectation: Expectation, settling: () => Promise<void>): Promise<void> {
  const startMs = performance.now()
  await within(expectation.says, settling())
  const tookMs = Math.round(performance.now() - startMs)
  const boundMs = expectation.withinMs + slackMs
  assert.ok(tookMs <= boundMs, `${expectation.says}: it took ${tookMs} ms, not ${boundMs}`)
}

export function assertFate(outcome: string, expectation: Expectation, state: State): void {
  const expected = outcomesOf(expectation.calls, state)
  assert.ok(expected.includes(outcome), `a call ended with '${outcome}' instead of '${expected.join("' or '")}'`)
}

/** The end that a server comes to, seen from outside. */
export class ServerEnd {
  readonly #pid: number
  /** An address of a network has none. */
  readonly #folder: string | undefined

  constructor(pid: number, address: string) {
    this.#pid = pid
    this.#folder = isNetwork(address) ? undefined : dirname(socketPath(parseAddress(address)))
  }

  /** Resolves when nothing of it is left. */
  async gone(): Promise<void> {
    await eventually('the process and the folder of a server go', async () => {
      const hasFolder = this.#folder !== undefined && existsSync(this.#folder)
      return (!(await isRunning(this.#pid)) && !hasFolder) || undefined
    })
  }
}

async function isRunning(pid: number): Promise<boolean> {
  try {
    // One that has ended keeps its number until its parent, which may be stopped, has heard of it.
    return !(await readFile(`/proc/${pid}/stat`, 'utf8')).includes(') Z ')
  } catch {
    return false
  }
}

let files = 0

/** The file that a shutdown waits for. */
export class Holdup implements AsyncDisposable {
  readonly file = join(tmpdir(), `holdup-${files++}`)

  /** Resolves when the shutdown waits. */
  async reached(): Promise<void> {
    await eventually('the shutdown disposes of what the server made', () => existsSync(this.file) || undefined)
  }

  /** Has the disposal itself do this. */
  async commit(deed: Deed): Promise<void> {
    await writeFile(this.file, deed)
  }

  /** Has the shutdown go on. */
  async end(): Promise<void> {
    await rm(this.file, { force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end()
  }
}
