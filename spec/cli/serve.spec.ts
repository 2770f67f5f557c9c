import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { isManagerError, Manager, type Remote } from 'referent'
import { eventually } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { moduleUrl } from '../harness/module.ts'
import type { Program } from '../harness/program.ts'
import type { Tally } from './programs/service.ts'
import { referent, startReferent } from './referent.ts'

const authkey = 'a secret of this spec'
const service = fileURLToPath(moduleUrl('./programs/service.ts', import.meta.url))
const env = { REFERENT_AUTHKEY: authkey }

leaveNothing()

describe('referent serve', () => {
  let folder = ''

  before(async () => {
    folder = await mkdtemp(join(await realpath(tmpdir()), 'serve-'))
  })

  after(() => rm(folder, { recursive: true }))

  it('refuses an address that is for threads', async () => {
    const { code, stderr } = await referent(['serve', service, '--address', 'thread:'], { env })
    assert.deepEqual([code, stderr.split(':')[0]], [2, 'UsageError'])
    assert.match(stderr, /nobody reaches a process at thread:/)
  })

  it('serves the classes of a module, tells where, and ends in order by SIGTERM: running calls finish', async () => {
    await using serve = await startReferent(['serve', service, '--named', 'tally=Tally'], { env })
    const address = await serve.line('listening at ')
    await using client = await Manager.connect(address, { authkey })
    const tally = await client.lookup<Tally>('tally')
    assert.equal(await tally.add(2), 2)
    assert.equal(await (await client.create<Tally>('Tally')).add(1), 1)
    const working = tally.work(500)
    await eventually('the call runs', async () => (await client.inspect()).pending.length > 0 || undefined)
    serve.kill('SIGTERM')
    assert.equal(await working, 'worked')
    const { code, stderr } = await serve.ending()
    assert.deepEqual([code, stderr], [0, ''])
    await assert.rejects(Manager.connect(address, { authkey }), { code: 'CONNECT_FAILED' })
  })

  it(
    'prints the one line as JSON, and has no secret on a command line',
    { skip: process.platform !== 'linux' },
    async () => {
      await using serve = await startReferent(['serve', service, '--json'], { env })
      const ready = JSON.parse(`{${await serve.line('{')}`) as { address: string; pid: number; typeids: string[] }
      assert.deepEqual(Object.keys(ready), ['address', 'pid', 'typeids'])
      assert.ok(ready.typeids.includes('Tally') && ready.typeids.includes('SharedQueue'))
      for (const pid of [serve.pid, ready.pid])
        assert.ok(!(await readFile(`/proc/${pid}/cmdline`, 'utf8')).includes(authkey))
      assert.ok(!(await readFile(`/proc/${ready.pid}/environ`, 'utf8')).includes(authkey))
      serve.kill('SIGINT')
      const { code, lines } = await serve.ending()
      assert.deepEqual([code, lines.length], [0, 1])
    },
  )

  it('ends at once by the second signal, whatever runs', async () => {
    await using serve = await startReferent(['serve', service, '--named', 'tally=Tally', '--grace', '60000'], { env })
    await using client = await Manager.connect(await serve.line('listening at '), { authkey })
    const working = (await client.lookup<Tally>('tally')).work(60_000)
    const lost = assert.rejects(working, { code: 'SESSION_LOST' })
    await eventually('the call runs', async () => (await client.inspect()).pending.length > 0 || undefined)
    const started = performance.now()
    serve.kill('SIGTERM')
    await eventually('the first one was heard', () => refusesCalls(client))
    serve.kill('SIGTERM')
    assert.equal((await serve.ending()).code, 143)
    await lost
    assert.ok(performance.now() - started < 10_000)
  })

  it('goes on where nobody reads what it prints, and ends when another manager shuts it down', async () => {
    const address = `unix:${join(folder, 'read')}`
    await using serve = await startReferent(['serve', service, '--address', address], { env })
    serve.deafen()
    const client = await eventually('it serves', () => connectedTo(address))
    assert.equal(await (await client.create<Tally>('Tally')).add(1), 1)
    await client.shutdown()
    assert.equal((await serve.ending()).code, 0)
  })

  it('ends what it started when it is killed itself', async () => {
    await using serve = await startReferent(['serve', service], { env })
    const client = await Manager.connect(await serve.line('listening at '), { authkey })
    serve.kill('SIGKILL')
    await client.join()
    await client.close()
    // Its folder stays, as it can't remove that any more.
    await serve.ending()
    await eventually('nothing runs', () => serve.sandbox.processes().length === 0 || undefined)
    for (const name of await serve.sandbox.files()) await rm(join(serve.sandbox.folder, name), { recursive: true })
  })

  it('ends with 1 by an error that nothing caught', async () => {
    const module = join(folder, 'late.mjs')
    await writeFile(module, "setTimeout(() => { throw new Error('late') }, 10)")
    const { code, stderr } = await referent(['serve', module], { env })
    assert.equal(code, 1, stderr)
    assert.match(stderr, /Error: the process that served has ended with exit code 1\n$/)
  })

  it('serves over TLS with a certificate', async () => {
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
    const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', ...subject]
    await promisify(execFile)('openssl', [...made, '-keyout', key, '-out', cert, '-days', '1'])
    const place = ['--address', 'tls://localhost:0', '--tls-cert', cert, '--tls-key', key, '--named', 'tally=Tally']
    await using serve = await startReferent(['serve', service, ...place], { env })
    const address = await serve.line('listening at ')
    const call = ['call', 'tally', 'add', '3', '--address', address, '--tls-ca', cert]
    const { code, lines, stderr } = await referent(call, { env })
    assert.deepEqual([code, lines, stderr], [0, ['3'], ''])
    await using client = await Manager.connect(address, { authkey })
    assert.match((await client.inspect()).sessions.at(-1)?.host ?? '', /127\.0\.0\.1|::1/)
    serve.kill('SIGTERM')
    await serve.ending()
  })

  for (const [what, args, code, error] of [
    ['a module that is not there', ['/nowhere/module.ts'], 2, 'UsageError: there is no module'],
    ['a module that fails', [fileURLToPath(new URL('../../package.json', import.meta.url))], 1, 'MODULE_FAILED: '],
    ['a name of no class', ['--named', 'a=Nothing'], 5, 'UNKNOWN_TYPEID: '],
    ['a pair that is none', ['--named', 'a'], 2, "error: option '--named"],
    ['an address that is none', ['--address', 'here'], 2, 'UsageError: '],
    ['a place where it can not listen', ['--address', 'unix:/nowhere/s'], 1, 'START_FAILED: '],
    ['a certificate without its key', ['--tls-cert', service], 2, 'UsageError: give --tls-cert and --tls-key'],
    ['a certificate for what is not encrypted', ['--tls-cert', service, '--tls-key', service], 2, 'UsageError: '],
  ] as const) {
    it(`ends with ${code} for ${what}`, async () => {
      const ending = await referent(['serve', ...args], { env })
      assert.equal(ending.code, code, ending.stderr)
      assert.ok(ending.stderr.startsWith(error), ending.stderr)
    })
  }

  it('wants an authkey', async () => {
    assert.equal((await referent(['serve', service])).code, 2)
  })

  describe('--watch', () => {
    it('starts anew at the same address when what the module imports is written, and clients wait for it', async () => {
      const program = await watchedProgram(folder)
      await using serve = await startReferent(['serve', program, '--watch', '--named', 'tally=Tally'], { env })
      await using client = await Manager.connect(await serve.line('listening at '), { authkey })
      const tally = await client.lookup<Watched>('tally')
      assert.deepEqual([await tally.add(1), await tally.version()], [1, 1])
      await writeFile(join(folder, 'version.js'), 'export const version = 2')
      await eventually('the next one serves', () => versionIs(tally, 2))
      assert.equal(await tally.add(1), 1)
      assert.deepEqual(serve.lines('listening at ').length, 1)
      await ended(serve, /^started anew, as .*version\.js was written\n$/)
    })

    it('waits for the next change where it fails', async () => {
      const program = await watchedProgram(folder)
      await using serve = await startReferent(['serve', program, '--watch', '--named', 'tally=Tally'], { env })
      await using client = await Manager.connect(await serve.line('listening at '), { authkey })
      const tally = await client.lookup<Watched>('tally')
      await writeFile(join(folder, 'version.js'), 'export const')
      await eventually('it says so', () => serve.stderr.includes('waiting for a change') || undefined)
      await writeFile(join(folder, 'version.js'), 'export const version = 3')
      await eventually('the next one serves', () => versionIs(tally, 3))
      await ended(serve, /; waiting for a change\nstarted anew, as /)
    })
  })
})

interface Watched extends Tally {
  version(): number
}

/** A module that imports another one, which imports the package by its name. */
async function watchedProgram(folder: string): Promise<string> {
  const program = join(folder, 'watched.js')
  await mkdir(join(folder, 'node_modules'), { recursive: true })
  const compiled = fileURLToPath(new URL('../../', import.meta.url))
  await symlink(compiled, join(folder, 'node_modules/referent'), 'junction').catch(() => undefined)
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  await writeFile(join(folder, 'version.js'), 'export const version = 1')
  const lines = [
    "import { Manager } from 'referent'",
    "import { version } from './version.js'",
    'class Tally { #total = 0; add(by) { return (this.#total += by) } version() { return version } }',
    "Manager.register('Tally', Tally, { exposed: 'public' })",
  ]
  await writeFile(program, lines.join('\n'))
  return program
}

/** The referent of before is gone, and calls of it fail until the name is made again. */
async function versionIs(tally: Remote<Watched>, version: number): Promise<true | undefined> {
  try {
    return (await tally.version()) === version || undefined
  } catch (error) {
    if (!isManagerError(error)) throw error
    return undefined
  }
}

async function connectedTo(address: string): Promise<Manager | undefined> {
  try {
    return await Manager.connect(address, { authkey })
  } catch (error) {
    if (!isManagerError(error, 'CONNECT_FAILED')) throw error
    return undefined
  }
}

async function refusesCalls(client: Manager): Promise<true | undefined> {
  try {
    await client.lookup('tally')
    return undefined
  } catch (error) {
    return isManagerError(error, 'SHUTTING_DOWN') || undefined
  }
}

async function ended(serve: Program, stderr: RegExp): Promise<void> {
  serve.kill('SIGTERM')
  const ending = await serve.ending()
  assert.equal(ending.code, 0)
  assert.match(ending.stderr, stderr)
}
