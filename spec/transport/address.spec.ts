import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, isAbsolute, join, relative } from 'node:path'
import { describe, it } from 'node:test'
import {
  hostAndPort,
  parseAddress,
  type Place,
  privateAddress,
  removeFolder,
  socketPath,
} from '../../lib/transport/address.ts'

const onWindows = process.platform === 'win32'

describe('an address', () => {
  it('is the path of a unix socket, or the name of a pipe', () => {
    for (const text of ['unix:/run/app/manager.sock', 'unix:\0abstract', 'pipe:name'])
      assert.equal(parseAddress(text), text)
  })

  it('that is relative is one of the working directory, whoever uses it', { skip: onWindows }, () => {
    assert.equal(parseAddress('unix:./relative/s'), `unix:${join(process.cwd(), 'relative', 's')}`)
  })

  it('of any other form is refused, with one that would do', () => {
    for (const text of ['', 'unix:', 'pipe:', '/run/app.sock', 'http://localhost:80', ' unix:/a', 'UNIX:/a', 'unix:\n'])
      assert.throws(() => parseAddress(text), { name: 'TypeError', message: /unix:\/run\/app\/manager\.sock/ })
  })

  it('of a network has a host and a port, and nothing else', () => {
    for (const text of ['tcp://localhost:0', 'tls://db-1.example.org:65535', 'tls://[::1]:7000', 'tcp://10.0.0.1:80'])
      assert.equal(parseAddress(text), text)
    assert.equal(parseAddress('tls://DB.Example.Org:007'), 'tls://db.example.org:7')
    assert.deepEqual(hostAndPort('tls://[fe80::1]:7'), { host: 'fe80::1', port: 7 })
    for (const rest of [
      'localhost:80',
      '//:80',
      '//a',
      '//a:',
      '//a:65536',
      '//a:1/',
      '//u@a:1',
      '//a:1?x',
      '//a b:1',
      '//[a:1',
    ])
      assert.throws(() => parseAddress(`tls:${rest}`), { name: 'TypeError', message: /tls:\/\/db\.example\.org:7000/ })
  })

  it('of a unix socket is its path', () => {
    assert.equal(socketPath('unix:/run/app/manager.sock'), '/run/app/manager.sock')
  })

  it('of a pipe is a path in the folder of pipes', () => {
    assert.equal(socketPath('pipe:referent-1'), '\\\\.\\pipe\\referent-1')
  })

  it('longer than a unix socket allows is refused, counted in bytes', () => {
    assert.equal(socketPath(`unix:/${'x'.repeat(102)}`).length, 103)
    for (const path of [`/${'x'.repeat(103)}`, `/${'é'.repeat(52)}`])
      assert.throws(() => socketPath(`unix:${path}`), { code: 'CONNECT_FAILED', message: /103 bytes/ })
  })
})

describe('a private address', { skip: onWindows }, () => {
  it('is in a fresh folder that only this user can enter, and that can be removed', async () => {
    const [first, second] = [await privateAddress(), await privateAddress()]
    assert.notEqual(first.address, second.address)
    for (const { address, folder } of [first, second]) {
      assert.ok(folder !== undefined)
      assert.equal(dirname(socketPath(address)), folder)
      assert.equal(statSync(folder).mode & 0o777, 0o700)
      await removeFolder(folder)
      await removeFolder(folder)
      assert.equal(existsSync(folder), false)
    }
  })

  it('is short enough where the temporary folder is not', async () => {
    const base = mkdtempSync(join(tmpdir(), 'spec-'))
    const long = join(base, 'x'.repeat(100))
    mkdirSync(long)
    try {
      const { address, folder } = await privateAddressIn(long)
      assert.doesNotThrow(() => socketPath(address))
      await removeFolder(folder ?? '')
    } finally {
      rmSync(base, { recursive: true })
    }
  })

  it('is absolute where the temporary folder is not', async () => {
    const { address, folder } = await privateAddressIn(relative(process.cwd(), tmpdir()))
    assert.ok(isAbsolute(socketPath(address)))
    await removeFolder(folder ?? '')
  })

  it('names the temporary folder that is not there', async () => {
    const explained = { code: 'START_FAILED', message: /in \/nowhere\/at-all: ENOENT.*TMPDIR/ }
    await assert.rejects(privateAddressIn('/nowhere/at-all'), explained)
  })
})

async function privateAddressIn(folder: string): Promise<Place> {
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = folder
  try {
    return await privateAddress()
  } finally {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  }
}
