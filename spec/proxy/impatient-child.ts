import { isManagerError, type Remote } from 'referent'
import type { Relay } from './relay.ts'

/** Exits with 0 where a call that never ends rejects with `TIMEOUT`, though nobody here set a bound. */
export async function waitInVain(relay: Remote<Relay>): Promise<void> {
  const error: unknown = await relay.call(() => new Promise(() => undefined)).catch((caught: unknown) => caught)
  process.exitCode = isManagerError(error, 'TIMEOUT') ? 0 : 1
}
