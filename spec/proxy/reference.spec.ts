import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { attach, Manager, refOf, release } from 'referent'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Program } from '../harness/program.ts'
import { Account } from './account.ts'

leaveNothing()

describe('a reference', () => {
  let manager: Manager

  before(async () => (manager = await Manager.start({ pinMs: 5000 })))
  after(() => manager.close())

  it('opens its referent in a program that has nothing else, also when its creator let go at once', async () => {
    const account = await manager.create(Account, 'Ada', 10)
    const reference = JSON.stringify(account)
    release(account)
    const { code, lines, stderr } = await Program.run('./programs/holder-of-reference.ts', import.meta.url, {
      env: { ACCOUNT: JSON.parse(reference) as string },
    })
    assert.deepEqual([code, stderr], [0, ''])
    assert.deepEqual(
      lines.map((line) => line.replace(/id: \d+/, 'id: #')),
      ['deposited 15', 'opened Account true 1', 'inspect Remote<Account> { id: # }', 'same true'],
    )
    const again = await attach<Account>(JSON.parse(reference) as string)
    assert.equal(await again.balance, 16)
  })

  it('leads nowhere when its referent is gone, or its server', async () => {
    const address = `unix:${join(tmpdir(), 'taken-over')}`
    const gone = await Manager.start({ address })
    const account = await gone.create(Account, 'Ada')
    const reference = refOf(account)
    await gone.close()
    await assert.rejects(attach(reference), { code: 'CONNECT_FAILED' })
    await using other = await Manager.start({ address })
    await other.create(Account, 'Eve')
    await assert.rejects(attach(reference), { code: 'REFERENT_GONE', message: /another one is at/ })
  })

  it('is refused without being repeated when it is no reference', async () => {
    for (const text of [
      '',
      'nonsense',
      'referent:?at=x#secret-thing',
      refOf(await manager.create(Account, 'A')).slice(0, -23),
    ])
      await assert.rejects(attach(text), (error: Error & { code: string }) => {
        assert.equal(error.code, 'BAD_REFERENCE')
        assert.ok(text === '' || !error.message.includes(text))
        return true
      })
  })
})
