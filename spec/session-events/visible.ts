import { isMain, isManagerError, Manager, Process, refOf } from 'referent'
import { parseReference } from '../../lib/proxy/reference.ts'
import { moduleUrl } from '../harness/module.ts'
import type { enter } from './attaches.ts'
import { Room } from './lives.ts'

// All that can happen to sessions, and the secrets that nobody must see of it.
if (isMain(import.meta)) {
  const manager = await Manager.start()
  const room = await manager.create(Room)
  const reference = refOf(room)
  const child = new Process<typeof enter>({ module: moduleUrl('attaches.ts', import.meta.url).href, name: 'enter' }, [
    reference,
  ])
  child.start()
  await child.join()
  await Manager.connect(manager.address, { authkey: 'a wrong key' }).catch((error: unknown) =>
    console.log(`refused: ${String(isManagerError(error, 'AUTH_FAILED'))}`),
  )
  console.log(`server: ${manager.pid}`)
  console.log(`secret: ${parseReference(reference).secret}`)
  for (const encoding of ['base64', 'base64url', 'hex', 'latin1'] as const)
    console.log(`secret: ${JSON.stringify(Buffer.from(manager.authkey.bytes).toString(encoding)).slice(1, -1)}`)
  console.log(`secret: ${[...manager.authkey.bytes].join(',')}`)
  await manager.close()
}
