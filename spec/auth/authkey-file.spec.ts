import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, chown, link, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Manager, type ManagerOptions } from 'referent'
import { AuthKey } from '../../lib/auth/authkey.ts'
import { Counter } from '../harness/counter.ts'
import { patienceMs } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'

leaveNothing()

const isRoot = process.geteuid?.() === 0
const hasModes = process.platform === 'win32' ? 'Windows has no modes' : false

describe('an authkey in a file', () => {
  let folder: string

  before(async () => (folder = await mkdtemp(join(tmpdir(), 'authkey-'))))
  after(() => rm(folder, { recursive: true }))

  async function written(bytes: string | Uint8Array, mode = 0o600): Promise<string> {
    const file = join(folder, randomBytes(8).toString('hex'))
    await writeFile(file, bytes)
    await chmod(file, mode)
    return file
  }

  function bytesIn(file: string): Buffer {
    return Buffer.from(AuthKey.from({ file }).bytes)
  }

  it('opens a manager, where it is started, served and connected to; and who knows its bytes', async () => {
    const file = await written('correct horse\n')
    await using manager = await Manager.start({ authkey: { file } })
    await using byFile = await Manager.connect(manager.address, { authkey: { file } })
    await using byBytes = await Manager.connect(manager.address, { authkey: 'correct horse' })
    await rm(file)
    const counter = await byFile.create(Counter)
    assert.equal(await counter.increment(), 1)
    assert.equal((await byBytes.inspect()).referents.length, 1)
    const another = await written('wrong horse')
    await assert.rejects(Manager.connect(manager.address, { authkey: { file: another } }), { code: 'AUTH_FAILED' })
    await using served = await Manager.serve({ authkey: { file: another } })
    await using client = await Manager.connect(served.address, { authkey: 'wrong horse' })
    assert.equal(await (await client.create(Counter)).increment(), 1)
  })

  it('is all of its bytes, but for a line end at its end', async () => {
    const random = Uint8Array.from([0, 255, 10, 13, 10, 128])
    for (const [bytes, key] of [
      ['a', 'a'],
      ['a\n', 'a'],
      ['a\r\n', 'a'],
      ['a\n\n', 'a\n'],
      ['a\r', 'a\r'],
      [' a \n', ' a '],
      [random, random],
      ['x'.repeat(4096), 'x'.repeat(4096)],
    ] as const)
      assert.deepEqual(bytesIn(await written(bytes)), Buffer.from(key))
  })

  it('is read where a link leads', async () => {
    const file = join(folder, 'linked')
    await symlink(await written('behind it'), file)
    assert.deepEqual(bytesIn(file), Buffer.from('behind it'))
  })

  it('is refused by name where others can read or write it', { skip: hasModes }, async () => {
    for (const mode of [0o640, 0o604, 0o620, 0o601, 0o610, 0o644, 0o777]) {
      const file = await written('secret', mode)
      const shown = `0${mode.toString(8)}`
      refuses({ file }, new RegExp(`${file}, is open to others than its owner \\(mode ${shown}\\): chmod 600 it`))
    }
    for (const mode of [0o600, 0o400]) assert.deepEqual(bytesIn(await written('secret', mode)), Buffer.from('secret'))
  })

  it('is refused of another owner', { skip: isRoot ? false : 'only root can give a file away' }, async () => {
    const file = await written('secret')
    await chown(file, 12_345, 12_345)
    refuses({ file }, /belongs to the user 12345, and this process runs as 0: chown it/)
  })

  it('is taken of root, who has given it to a group', { skip: isRoot ? false : 'only root is root' }, async () => {
    const [given, changeable, open] = await Promise.all([0o440, 0o460, 0o444].map((mode) => written('secret', mode)))
    for (const each of [folder, dirname(folder)]) await chmod(each, 0o755)
    process.seteuid?.(12_345)
    try {
      assert.deepEqual(bytesIn(given ?? ''), Buffer.from('secret'))
      refuses({ file: changeable ?? '' }, /is open to others than its owner \(mode 0460\): chmod 440 it/)
      refuses({ file: open ?? '' }, /is open to others than its owner \(mode 0444\): chmod 440 it/)
    } finally {
      process.seteuid?.(0)
    }
  })

  it('is refused where it is none, is empty, too long, or not there', async () => {
    refuses({ file: await written('') }, /is empty/)
    refuses({ file: await written('\r\n') }, /is empty/)
    refuses({ file: await written('x'.repeat(4097)) }, /is longer than 4096 bytes/)
    refuses({ file: await written('x'.repeat(1_000_000)) }, /is longer than 4096 bytes/)
    const inner = join(folder, 'folder')
    await mkdir(inner, { mode: 0o700 })
    refuses({ file: inner }, /is a directory|can't be read/)
    refuses({ file: join(folder, 'missing') }, /can't be read: ENOENT/)
    refuses({ file: '' }, /can't be read: ENOENT/)
  })

  it('is no pipe, for which nobody waits', { skip: hasModes }, () => {
    const file = join(folder, 'pipe')
    execFileSync('mkfifo', ['-m', '600', file])
    refuses({ file }, /is no regular file/)
    refuses({ file: '/dev/zero' }, /is no regular file/)
  })

  it('is what was checked, whatever comes to its name meanwhile', { skip: hasModes }, async () => {
    const [safe, open] = [await written('safe'), await written('open', 0o644)]
    const name = join(folder, 'changing')
    await link(safe, name)
    const change = `const { linkSync, renameSync } = require('node:fs')
      for (let round = 0; ; round++) {
        linkSync([${JSON.stringify(open)}, ${JSON.stringify(safe)}][round % 2], ${JSON.stringify(`${name}-next`)})
        renameSync(${JSON.stringify(`${name}-next`)}, ${JSON.stringify(name)})
      }`
    const changing = spawn(process.execPath, ['-e', change])
    const outcomes = new Set<string>()
    // Until both were met, and so often that another one would be.
    for (let count = 0, start = Date.now(); count < 20_000 || outcomes.size < 2; count++) {
      outcomes.add(outcomeOf(name))
      if (Date.now() - start > patienceMs) break
    }
    changing.kill('SIGKILL')
    await once(changing, 'exit')
    assert.deepEqual([...outcomes].toSorted(), ['AUTH_FAILED', 'safe'])
  })

  it('is said by one path and nothing else', () => {
    const wrong: unknown[] = [{ file: 5 }, { file: ['a'] }, { file: undefined }, { file: 'a', mode: 5 }, { path: 'a' }]
    for (const authkey of wrong)
      assert.throws(() => new Manager({ authkey } as ManagerOptions), { name: 'TypeError', message: /authkey/ })
  })

  function refuses(authkey: { readonly file: string }, message: RegExp): void {
    assert.throws(() => new Manager({ authkey }), { code: 'AUTH_FAILED', message })
  }

  function outcomeOf(file: string): string {
    try {
      return bytesIn(file).toString()
    } catch (error) {
      return (error as { readonly code: string }).code
    }
  }
})
