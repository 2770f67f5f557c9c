import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { Manager, refOf } from 'referent'
import { parseReference } from '../../lib/proxy/reference.ts'
import { Thrower } from '../errors/thrower.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { RawClient } from '../harness/raw-client.ts'

leaveNothing()

/** Errors of the referent's own: with causes, several in one, with fields that can't cross, and known to nobody here. */
const kinds = ['chain', 'aggregate', 'uncrossable', 'unregistered', 'manager']

describe('the stacks of errors', { timeout: 60_000 }, () => {
  it('stay in the server for a session that a reference opened, those of causes, results and the library too', async () => {
    for (const how of ['start', 'serve'] as const) {
      await using manager = await Manager[how]()
      const found = await errorsSeenByReference(manager)
      for (const error of found) {
        const shown = inspect(error, { depth: 20, showHidden: true })
        assert.doesNotMatch(shown, /\n\s+at |thrower|\.ts|\.js/)
        assert.ok(error instanceof Error && error.stack === `${error.name}: ${error.message}`, shown)
      }
      assert.match(String(found.map((error) => inspect(error, { depth: 20 }))), /outer.*middle.*out of bolts.*nuts/s)
    }
  })

  it('go to sessions with the authkey', async () => {
    await using manager = await Manager.start()
    for (const error of await errorsSeenWithKey(manager)) assert.match(stackOf(error), /\n\s+at .*thrower|dispatch/)
  })

  it('go to all sessions where exposeStacks is true, and to none where it is false', async () => {
    await using open = await Manager.start({ exposeStacks: true })
    for (const error of await errorsSeenByReference(open)) assert.match(stackOf(error), /\n\s+at /)
    await using closed = await Manager.serve({ exposeStacks: false })
    for (const error of await errorsSeenWithKey(closed)) assert.doesNotMatch(stackOf(error), /\n\s+at /)
  })
})

async function errorsSeenByReference(manager: Manager): Promise<unknown[]> {
  const { address, id, secret, serverId } = parseReference(refOf(await manager.create(Thrower)))
  using raw = await RawClient.connect(address, { kind: 'capability', id, secret, serverId })
  await raw.attach(id, secret)
  return await errorsOf(raw, id)
}

async function errorsSeenWithKey(manager: Manager): Promise<unknown[]> {
  using raw = await RawClient.open(manager)
  return await errorsOf(raw, await raw.create('Thrower'))
}

async function errorsOf(raw: RawClient, to: number): Promise<unknown[]> {
  const found: unknown[] = []
  for (const method of ['throw', 'reject'])
    for (const kind of kinds) found.push((await raw.ask({ kind: 'call', to, method, value: [kind] })).value)
  for (const kind of ['chain', 'aggregate'])
    found.push((await raw.ask({ kind: 'call', to, method: 'give', value: [kind] })).value)
  found.push((await raw.ask({ kind: 'call', to, method: 'missing', value: [] })).value)
  return found
}

function stackOf(error: unknown): string {
  return error instanceof Error ? String(error.stack) : String(error)
}
