import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** What was done: each is a call, but `rang`, a call that came in, `ran`, a task of a pool, and `wrong`. */
export type Deed =
  | 'put'
  | 'get'
  | 'put task'
  | 'take task'
  | 'finish task'
  | 'acquire'
  | 'release'
  | 'hold'
  | 'leave'
  | 'run'
  | 'inside'
  | 'ring'
  | 'rang'
  | 'stream'
  | 'drain'
  | 'apply'
  | 'ran'
  | 'wrong'

/**
 * What became of it, as who did it knows: `none` where there was nothing to be had in time. `hung` is said of a call that
 * isn't settled after so long.
 */
export type State = 'begun' | 'done' | 'none' | 'unknown' | 'not-sent' | 'hung'

export interface LedgerLine {
  /** Of the clock that all processes of this machine have, in milliseconds. */
  readonly at: number
  readonly worker: string
  readonly deed: Deed
  /** The same in all lines of one call. */
  readonly key: string
  readonly state: State
  readonly value?: unknown
  /** The process stood still between what it read and this line. */
  readonly isStale?: boolean
}

/** What a process does, written at once: in a file, which the system keeps when the process is killed. */
export class LedgerWriter {
  readonly worker: string
  readonly #file: number

  constructor(folder: string, worker: string) {
    this.worker = worker
    this.#file = openSync(join(folder, `${worker}.ledger`), 'a')
  }

  write(line: Omit<LedgerLine, 'at' | 'worker'>): void {
    writeSync(this.#file, `${JSON.stringify({ at: now(), worker: this.worker, ...line } satisfies LedgerLine)}\n`)
  }

  close(): void {
    closeSync(this.#file)
  }
}

/** All that was written in a folder, in the order of time. */
export function readLedgers(folder: string): LedgerLine[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.ledger'))
  const texts = files.flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
  // Who was killed may have written half a line.
  const lines = texts.filter((text) => text.endsWith('}')).map((text) => JSON.parse(text) as LedgerLine)
  return lines.toSorted((one, other) => one.at - other.at)
}

/** The clocks of processes differ, but for this one. */
export function now(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000
}
