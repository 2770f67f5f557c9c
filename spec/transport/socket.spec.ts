import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, linkSync, lstatSync, readdirSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { parseAddress, socketPath } from '../../lib/transport/address.ts'
import { connectSocket, listenSocket } from '../../lib/transport/socket.ts'
import type { Transport } from '../../lib/transport/transport.ts'
import { encodeFrame, type Frame, FrameReader } from '../../lib/wire/frame.ts'
import { withLimits } from '../../lib/wire/limits.ts'
import { moduleUrl, programFlags } from '../harness/module.ts'
import { takeFrames } from '../wire/take-frames.ts'
import { describeTransport } from './contract.ts'
import { Inbox } from './inbox.ts'
import { againstBareSocket, atAddress, connectPair } from './sockets.ts'

const limits = withLimits({})
const small = { maxFrameBytes: 4096, maxTextBytes: 4096, maxParts: 256, maxAttachments: 2 }
const onWindows = process.platform === 'win32'

describeTransport('a transport over a socket', connectPair)

describe('what a socket writes', { timeout: 10_000 }, () => {
  it('is one frame for all messages of one turn, also those of its promises', async () => {
    const frames = await written(async (near) => {
      near.send('1')
      near.send('2')
      await Promise.resolve()
      near.send('3')
      for (let tick = 0; tick < 10; tick++) await Promise.resolve()
      near.send('4')
    }, 1)
    assert.deepEqual(textsOf(frames), ['[1,2,3,4]'])
  })

  it('leaves in parts of 32 messages where there are more in one turn, each at once', async () => {
    const frames = await written(async (near) => {
      for (let sent = 0; sent < 70; sent++) near.send(String(sent))
    }, 3)
    const batches = textsOf(frames).map((text) => (JSON.parse(text) as number[]).length)
    assert.deepEqual(batches, [32, 32, 6])
  })

  it('has what is not answered among them, as nothing that makes a part full', async () => {
    const frames = await written(async (near) => {
      near.tell('"confirmed"')
      for (let sent = 0; sent < 32; sent++) near.send(String(sent))
      near.tell('"released"')
    }, 2)
    const batches = textsOf(frames).map((text) => (JSON.parse(text) as unknown[]).length)
    assert.deepEqual(batches, [33, 1])
  })

  it('is a frame of its own for a message with byte arrays, in the order of sending', async () => {
    const frames = await written(async (near) => {
      near.send('1')
      near.send('2', [Uint8Array.of(1), Uint8Array.of(2, 3)])
      near.send('3', [Uint8Array.of(4)])
      near.send('4')
    }, 4)
    assert.deepEqual(textsOf(frames), ['[1]', '[2]', '[3]', '[4]'])
  })

  it('is split into frames before a batch comes near the longest frame', async () => {
    const text = JSON.stringify('x'.repeat(1000))
    const frames = await written(async (near) => {
      near.limit(small)
      for (let sent = 0; sent < 10; sent++) near.send(text)
    }, 10)
    assert.equal(frames.length, 10)
  })

  it('leaves out a message that is too large, and nothing else', async () => {
    const frames = await written(async (near) => {
      near.limit(small)
      near.send('1')
      assert.throws(() => near.send(JSON.stringify('x'.repeat(4096))), { code: 'FRAME_TOO_LARGE' })
      assert.throws(() => near.send('2', [new Uint8Array(4096)]), { code: 'FRAME_TOO_LARGE' })
      assert.throws(() => near.send('3', [new Uint8Array(), new Uint8Array(), new Uint8Array()]), {
        code: 'FRAME_TOO_LARGE',
      })
      near.send('4')
    }, 2)
    assert.deepEqual(textsOf(frames), ['[1]', '[4]'])
  })
})

describe('what a socket reads', { timeout: 10_000 }, () => {
  const malformed: readonly [what: string, bytes: Uint8Array, message: RegExp][] = [
    ['text that is no JSON', frame('[1,'), /not JSON/],
    ['no text at all', frame(''), /not JSON/],
    ['a message that is in no list', frame('{"kind":"call"}'), /not a list/],
    ['byte arrays with several messages', frame('[1,2]', [Uint8Array.of(1)]), /more than one message/],
    ['byte arrays with no message', frame('[]', [Uint8Array.of(1)]), /more than one message/],
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\n\r\n'), /announced a frame of 1195725860 bytes/],
  ]
  for (const [what, bytes, message] of malformed) {
    it(`ends it with PROTOCOL where it is ${what}`, async () => {
      await againstBareSocket(async (near, far) => {
        const inbox = new Inbox()
        near.limit(limits)
        near.start(inbox)
        far.write(bytes)
        const error = await inbox.ended()
        assert.match(String(error), message)
        assert.deepEqual([inbox.messages, inbox.ends.length], [[], 1])
      })
    })
  }

  it('may be an empty list, which says nothing', async () => {
    await againstBareSocket(async (near, far) => {
      const inbox = new Inbox()
      near.start(inbox)
      far.write(Buffer.concat([frame('[]'), frame('[1]')]))
      await inbox.holds(1)
      assert.deepEqual(inbox.messages, [1])
    })
  })
})

describe('a socket that is closed', { timeout: 10_000 }, () => {
  it("doesn't wait for a peer that never closes its side", async () => {
    await againstBareSocket(
      async (near, far) => {
        far.resume()
        const inbox = new Inbox()
        near.start(inbox)
        near.close()
        assert.equal(await inbox.ended(), undefined)
      },
      { allowHalfOpen: true },
    )
  })

  it('is read to the end of a peer that is gone, also where a write to it fails before', async () => {
    await againstBareSocket(async (near, far) => {
      const inbox = new Inbox()
      near.start(inbox)
      far.write(frame('[1]'))
      await inbox.holds(1)
      far.write(frame('[2]'))
      far.write(frame('[3]'))
      far.destroy()
      near.send('"to nobody"')
      const error = await inbox.ended()
      assert.deepEqual(inbox.messages, [1, 2, 3])
      assert.equal(Reflect.get(Object(error) as object, 'code'), 'EPIPE')
    })
  })

  it('reports a peer that breaks off in the middle of a frame as an end', async () => {
    await againstBareSocket(async (near, far) => {
      const inbox = new Inbox()
      near.start(inbox)
      far.end(frame('[1]').subarray(0, 9))
      assert.equal(await inbox.ended(), undefined)
      assert.deepEqual(inbox.messages, [])
    })
  })
})

describe('a program with a connection', { timeout: 30_000 }, () => {
  it('ends while the connection is open and not referenced', async () => {
    await atAddress(async (address) => {
      const listener = await listenSocket(address, (transport) => transport.start(new Inbox()))
      assert.equal(await runProgram(address, 'unref'), '')
      await listener.close()
    })
  })

  it('lives as long as the connection where that is referenced', async () => {
    await atAddress(async (address) => {
      const accepted: Transport[] = []
      const listener = await listenSocket(address, (transport) => {
        const inbox = new Inbox()
        inbox.onMessage = () => transport.close()
        transport.start(inbox)
        accepted.push(transport)
      })
      assert.equal(await runProgram(address, 'ref'), 'closed')
      assert.equal(accepted.length, 1)
      await listener.close()
    })
  })
})

describe('connecting', { timeout: 10_000 }, () => {
  it('says that nothing answers, with the cause', async () => {
    await atAddress(async (address) => {
      await assert.rejects(connectSocket(address), (error: Error) => {
        assert.match(error.message, new RegExp(`nothing answers at ${address.replaceAll('\\', '\\\\')}`))
        assert.ok(error.cause instanceof Error && 'code' in error.cause)
        return 'code' in error && error.code === 'CONNECT_FAILED'
      })
    })
  })

  it('ends with its signal', async () => {
    await atAddress(async (address) => {
      const listener = await listenSocket(address, (transport) => transport.destroy())
      const reason = new Error('spec')
      await assert.rejects(connectSocket(address, AbortSignal.abort(reason)), { code: 'ABORTED', cause: reason })
      await listener.close()
    })
  })
})

describe('listening', { timeout: 10_000 }, () => {
  it('takes over the socket file that a killed server left', { skip: onWindows }, async () => {
    await atAddress(async (address) => {
      const server = `require('node:net').createServer().listen(${JSON.stringify(socketPath(address))}, () => process.kill(process.pid, 'SIGKILL'))`
      await assert.rejects(promisify(execFile)(process.execPath, ['-e', server]), { signal: 'SIGKILL' })
      assert.ok(existsSync(socketPath(address)))
      const listener = await listenSocket(address, (transport) => transport.destroy())
      const transport = await connectSocket(address)
      transport.destroy()
      await listener.close()
    })
  })

  it('succeeds for one of many that try at once, where a dead socket is', { skip: onWindows }, async () => {
    for (let round = 0; round < 30; round++) {
      await atAddress(async (address) => {
        await leaveSocket(socketPath(address))
        const attempts = Array.from({ length: 8 }, () => listenSocket(address, (transport) => transport.destroy()))
        const listeners = (await Promise.allSettled(attempts)).flatMap((each) =>
          each.status === 'fulfilled' ? [each.value] : [],
        )
        assert.equal(listeners.length, 1, `round ${round}`)
        assert.deepEqual(readdirSync(dirname(socketPath(address))), ['s'])
        await listeners[0]?.close()
      })
    }
  })

  it('succeeds where those who would replace a dead socket were killed too', { skip: onWindows }, async () => {
    await atAddress(async (address) => {
      const path = socketPath(address)
      await leaveSocket(path)
      const lock = lockOf(path)
      await leaveSocket(lock)
      await leaveSocket(lockOf(lock))
      const listener = await listenSocket(address, (transport) => transport.destroy())
      assert.deepEqual(readdirSync(dirname(path)), ['s'])
      await listener.close()
    })
  })

  it('says why it is impossible: the address is taken', async () => {
    await atAddress(async (address) => {
      const listener = await listenSocket(address, (transport) => transport.destroy())
      await assert.rejects(
        listenSocket(address, (transport) => transport.destroy()),
        { code: 'START_FAILED', message: /can't listen at .*: another process serves there/ },
      )
      await listener.close()
    })
  })

  it('says why it is impossible: there is no such folder', { skip: onWindows }, async () => {
    await assert.rejects(
      listenSocket(parseAddress('unix:/no/such/folder/s'), (transport) => transport.destroy()),
      { code: 'START_FAILED' },
    )
  })

  it('ends with nothing left at the address, free to be taken again, and its connections living on', async () => {
    await atAddress(async (address) => {
      const accepted: Transport[] = []
      const first = await listenSocket(address, (transport) => accepted.push(transport))
      const near = await connectSocket(address)
      const inbox = new Inbox()
      near.start(inbox)
      await first.close()
      assert.equal(existsSync(socketPath(address)), false)
      const second = await listenSocket(address, (transport) => transport.destroy())
      accepted[0]?.send('"still here"')
      await inbox.holds(1)
      near.destroy()
      await second.close()
    })
  })

  it('happens in a folder that only this user can enter', { skip: onWindows }, async () => {
    await atAddress(async (address) => {
      const listener = await listenSocket(address, (transport) => transport.destroy())
      assert.equal(statSync(dirname(socketPath(address))).mode & 0o777, 0o700)
      await listener.close()
    })
  })
})

/** Leaves a socket at which nobody listens any more, as a killed process does. */
async function leaveSocket(path: string): Promise<void> {
  const server = createServer().listen(`${path}_`)
  await once(server, 'listening')
  linkSync(`${path}_`, path)
  await new Promise((closed) => server.close(closed))
}

/** The name that whoever replaces a dead socket has beside it. */
function lockOf(path: string): string {
  return join(dirname(path), `.~${lstatSync(path, { bigint: true }).ino.toString(36)}`)
}

/** What arrives at the other side, until so many frames have. */
async function written(write: (near: Transport) => Promise<void>, count: number): Promise<Frame[]> {
  const frames: Frame[] = []
  await againstBareSocket(async (near, far) => {
    near.limit(limits)
    const reader = new FrameReader(limits)
    const complete = new Promise<void>((resolve) => {
      far.on('data', (chunk: Buffer) => {
        frames.push(...takeFrames(reader, chunk))
        if (frames.length >= count) resolve()
      })
    })
    await write(near)
    await complete
  })
  return frames
}

function textsOf(frames: readonly Frame[]): string[] {
  return frames.map(({ text }) => text)
}

function frame(text: string, attachments: readonly Uint8Array[] = []): Buffer {
  return Buffer.concat(encodeFrame(text, attachments, limits))
}

async function runProgram(address: string, mode: 'ref' | 'unref'): Promise<string> {
  const program = programFlags(moduleUrl('./connected-program.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [...program, address, mode])
  return stdout.trim()
}
