import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Process } from 'referent'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { moduleUrl } from '../harness/module.ts'
import { Program } from '../harness/program.ts'
import { Parrot, startTalking, talk, talkAndThrow, talkInChild } from './talkative.ts'

leaveNothing()

describe('what the modules of a child say on its channel', () => {
  it('is not taken for what its server process says, neither as it starts nor later', async () => {
    await using manager = await startTalking()
    const parrot = await manager.create(Parrot)
    assert.equal(await parrot.talk(), manager.pid)
  })

  it('is not taken for what a Process says', async () => {
    const children = [talkInChild(talk), talkInChild(talkAndThrow)]
    assert.deepEqual(await Promise.all(children.map((child) => child.join())), [0, 1])
  })

  it("does not hide that a Process can't call its function", async () => {
    const child = new Process({ module: moduleUrl('./talkative.ts', import.meta.url).href, name: 'nobody' })
    child.start()
    await assert.rejects(child.join(), { code: 'NOT_EXPORTED' })
  })
})

describe('a program that node --watch runs', () => {
  it('starts managers as ever: its children report nothing to it', async () => {
    const env = { WATCH_REPORT_DEPENDENCIES: '1' }
    const { code, lines, stderr } = await Program.run('./programs/watched.ts', import.meta.url, { env })
    assert.deepEqual([code, lines, stderr], [0, ['the server reports undefined'], ''])
  })
})
