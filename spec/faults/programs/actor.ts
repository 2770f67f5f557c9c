import type { Manager } from 'referent'
import type { ActorOrder, ActorReport, ActorRole } from '../actor-message.ts'
import { commit } from './deed.ts'
import { assertNextWorks, beginClosing, connectManager, startManager } from './manager.ts'
import { enter } from './state.ts'
import { Subject } from './subject.ts'

// An owner or a client in a process of its own, that brings its session to a state and says how that ended.

const role = JSON.parse(process.argv[2] ?? '') as ActorRole
const manager = await open()
const subject = await manager.lookup<Subject>('subject')
const own = await manager.create(Subject)
await subject.adopt(async (deed) => commit(deed))
await own.ping()
let outcome = await enter(role.state, subject)

process.on('message', (order: ActorOrder) => void obey(order))
process.once('disconnect', () => process.exit())
tell({
  kind: 'ready',
  address: manager.address,
  authkey: Buffer.from(manager.authkey.bytes).toString('hex'),
  serverPid: manager.pid,
})

function open(): Promise<Manager> {
  return role.kind === 'owner' ? startManager() : connectManager(role.address, Buffer.from(role.authkey, 'hex'))
}

async function obey(order: ActorOrder): Promise<void> {
  switch (order.kind) {
    case 'commit':
      return commit(order.deed)
    case 'close':
      outcome = await beginClosing(manager, order.file)
      return tell({ kind: 'closing' })
    case 'say':
      return tell({ kind: 'outcome', outcome: await outcome(true) })
    case 'next':
      await assertNextWorks()
      await manager.close()
      return tell({ kind: 'worked' })
  }
}

function tell(report: ActorReport): void {
  process.send?.(report)
}
