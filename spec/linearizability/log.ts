import { closeSync, openSync, writeSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { RecordedCall } from './subject.ts'

type Line =
  | { readonly kind: 'call'; readonly at: string; readonly request: unknown }
  | { readonly kind: 'return'; readonly at: string; readonly outcome: unknown }

/** Writes down what a process calls, before it does, and what came of it, after: in a file, which outlives the process. */
export class Log implements Disposable {
  readonly #file: number

  constructor(path: string) {
    this.#file = openSync(path, 'a')
  }

  called(request: unknown): void {
    this.#write({ kind: 'call', at: now(), request })
  }

  returned(outcome: unknown): void {
    this.#write({ kind: 'return', at: now(), outcome })
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
  }

  #write(line: Line): void {
    writeSync(this.#file, `${JSON.stringify(line)}\n`)
  }
}

/** By the clock of the machine, which all its processes share. */
function now(): string {
  return String(process.hrtime.bigint())
}

export async function readLog<R, O>(path: string): Promise<RecordedCall<R, O>[]> {
  const text = await readFile(path, 'utf8')
  const lines = text.split('\n').filter((line) => line !== '')
  const calls: RecordedCall<R, O>[] = []
  for (const line of lines.map((each) => JSON.parse(each) as Line)) {
    if (line.kind === 'call') calls.push({ request: line.request as R, calledAt: BigInt(line.at), answer: undefined })
    else answerLast(calls, line.outcome as O, BigInt(line.at))
  }
  return calls
}

function answerLast<R, O>(calls: RecordedCall<R, O>[], outcome: O, at: bigint): void {
  const last = calls.pop()
  if (last !== undefined) calls.push({ ...last, answer: { outcome, at } })
}
