import { isManagerError, type Remote } from 'referent'
import type { Worker } from './worker.ts'

/** Exits with 0 where a call is lost with the server, and the next one says that the referent is gone. */
export async function callTwice(worker: Remote<Worker>): Promise<void> {
  const first: unknown = await worker.wait().catch((error: unknown) => error)
  const second: unknown = await worker.runs.catch((error: unknown) => error)
  const isLost = isManagerError(first, 'SESSION_LOST') && first.delivery === 'unknown'
  const isGone = isManagerError(second, 'REFERENT_GONE') && second.delivery === 'not-sent'
  process.exitCode = isLost && isGone ? 0 : 1
}
