import assert from 'node:assert/strict'
import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, before, describe, it } from 'node:test'
import { Manager } from 'referent'
import { referent, startReferent } from '../cli/referent.ts'
import { eventually } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { PageSocket, tokenOf } from './socket.ts'

leaveNothing()

const authkey = 'a secret of this spec'
/** What opens links, where that is neither macOS nor Windows. */
const isXdg = process.platform !== 'darwin' && process.platform !== 'win32'

describe('referent inspect --open', { timeout: 60_000 }, () => {
  let manager: Manager
  let env: Record<string, string>

  before(async () => {
    manager = await Manager.serve({ authkey })
    env = { REFERENT_ADDRESS: manager.address, REFERENT_AUTHKEY: authkey }
  })
  after(() => manager.close())

  it('prints a link to a page about the server, which is there until Ctrl-C', async () => {
    for (const [args, start] of [
      [[], 'inspector at '],
      [['--json', '--port', '0'], '{"url":"'],
    ] as const) {
      await using program = await startReferent(['inspect', '--open', '--no-browser', ...args], { env })
      const url = (await program.line(start)).replace(/"}$/, '')
      const { port } = new URL(url)
      using socket = await PageSocket.connect(Number(port))
      socket.send({ kind: 'open', token: tokenOf(url) })
      assert.equal((await socket.next('opened')).allowsCalls, false)
      const [server] = (await socket.next('servers')).servers
      assert.equal(server?.pid, process.pid)
      program.kill('SIGINT')
      assert.equal((await program.ending()).code, 130)
      await assert.rejects(PageSocket.connect(Number(port)), { code: 'ECONNREFUSED' })
    }
  })

  it(
    'has the browser open it by a file that is its own, as others can read command lines',
    { skip: isXdg ? false : 'this system has no xdg-open, whose place the spec takes' },
    async () => {
      const opener = join(String(process.env['TMPDIR']), 'xdg-open')
      const opened = `${opener}-was-given`
      await writeFile(opener, `#!/bin/sh\necho "$1" > "${opened}.part" && mv "${opened}.part" "${opened}"\n`)
      await chmod(opener, 0o700)
      await using program = await startReferent(['inspect', '--open', '--allow-calls'], {
        env: { ...env, PATH: `${process.env['TMPDIR']}:${process.env['PATH']}` },
      })
      await program.line('inspector at ')
      const file = await eventually('the browser is started', async () =>
        readFile(opened, 'utf8').then(
          (text) => fileURLToPath(text.trim()),
          () => undefined,
        ),
      )
      assert.equal((await stat(file)).mode & 0o077, 0)
      const url = /url=([^"]+)"/.exec(await readFile(file, 'utf8'))?.[1] ?? ''
      using socket = await PageSocket.connect(Number(new URL(url).port))
      socket.send({ kind: 'open', token: tokenOf(url) })
      assert.equal((await socket.next('opened')).allowsCalls, true)
      program.kill('SIGTERM')
      await program.ending()
      await assert.rejects(stat(file), { code: 'ENOENT' })
      await program.sandbox.assertEmpty()
      for (const made of [opener, opened]) await rm(made)
    },
  )

  it('refuses what it can not be', async () => {
    for (const args of [['--port', '70000'], ['--port', '1'], ['--allow-calls'], ['--open', '--port', 'x']]) {
      const { code, stderr } = await referent(['inspect', ...args], { env })
      assert.equal(code, 2, stderr)
    }
  })
})
