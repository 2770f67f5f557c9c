import { Process, type Remote } from 'referent'
import type { Ledger } from './books.ts'

/** A process that enters its name so many times, without waiting in between. */
export function startWriting(ledger: Remote<Ledger>, name: string, entries: number): Process {
  const writing = new Process(writeAll, [ledger, name, entries])
  writing.start()
  return writing
}

export async function writeAll(ledger: Remote<Ledger>, name: string, entries: number): Promise<void> {
  await Promise.all(Array.from({ length: entries }, (_, index) => ledger.enter(`${name} ${index}`)))
}
