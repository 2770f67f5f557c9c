import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Manager } from 'referent'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Program } from '../harness/program.ts'
import { PageSocket, tokenOf } from './socket.ts'

leaveNothing()

describe('the inspector of a manager', { timeout: 60_000 }, () => {
  it('is there for as long as the manager, and a link to it is printed', async () => {
    await using program = await Program.start('./inspected.ts', import.meta.url)
    const told = JSON.parse(await program.line('told ')) as { readonly url: string; readonly pid: number }
    const printed = /^referent: inspector at (http:\S+)$/m.exec(program.stderr)?.[1] ?? ''
    const { port } = new URL(printed)
    for (const url of [printed, told.url]) {
      using socket = await PageSocket.connect(Number(port))
      socket.send({ kind: 'open', token: tokenOf(url) })
      assert.equal((await socket.next('opened')).allowsCalls, true)
      assert.equal((await socket.next('servers')).servers[0]?.pid, told.pid)
    }
    program.kill('SIGUSR2')
    assert.equal((await program.ending()).code, 0)
    await assert.rejects(PageSocket.connect(Number(port)), { code: 'ECONNREFUSED' })
  })

  it('is not there unless it was asked for, and where it can not be, the manager is not started', async () => {
    await using manager = await Manager.serve()
    assert.equal(manager.inspector, undefined)
    await using first = await Manager.serve({ inspector: { port: 0 } })
    const { port = 0 } = first.inspector ?? {}
    await assert.rejects(Manager.start({ inspector: { port } }), { code: 'START_FAILED' })
    await assert.rejects(Manager.serve({ inspector: { port: -1 } }), RangeError)
    await assert.rejects(Manager.serve({ inspector: { portt: 1 } as never }), /did you mean port/)
    const { address, authkey } = manager
    await assert.rejects(Manager.connect(address, { authkey, inspector: true } as never), /no option 'inspector'/)
  })
})
