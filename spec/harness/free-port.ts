import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** A port that was free a moment ago, for a program that can't choose one and tell it. */
export async function freePort(): Promise<string> {
  const probe = createServer().listen(0)
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  assert.ok(typeof address === 'object' && address !== null)
  return String(address.port)
}
