import { LedgerWriter } from './ledger.ts'

/** A task for a pool that leaves a line in a ledger. */
export function deed(folder: string, key: string): string {
  const ledger = new LedgerWriter(folder, `pool-${process.pid}`)
  ledger.write({ deed: 'ran', key, state: 'done' })
  ledger.close()
  return key
}
