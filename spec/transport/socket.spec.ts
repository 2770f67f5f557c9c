import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, linkSync, lstatSync, readdirSync, statSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import * as fc from 'fast-check'
import { parseAddress, socketPath } from '../../lib/transport/address.ts'
import { SocketReader } from '../../lib/transport/socket-reader.ts'
import { SocketTransport } from '../../lib/transport/socket-transport.ts'
import { connectSocket, listenSocket } from '../../lib/transport/socket.ts'
import type { Receiver, Transport } from '../../lib/transport/transport.ts'
import { withLimits } from '../../lib/wire/limits.ts'
import { moduleUrl, programFlags } from '../harness/module.ts'
import { type Frame, framesIn, textFrame, words } from '../wire/frames.ts'
import { describeTransport } from './contract.ts'
import { Inbox } from './inbox.ts'
import { say, tell } from './say.ts'
import { againstBareSocket, atAddress, connectPair } from './sockets.ts'

const limits = withLimits({})
const small = { maxFrameBytes: 4096, maxTextBytes: 4096, maxParts: 256 }
const onWindows = process.platform === 'win32'

describeTransport('a transport over a socket', connectPair)

describe('what a socket writes', { timeout: 10_000 }, () => {
  it('is one frame for all messages of one turn, also those of its promises', async () => {
    const frames = await written(async (near) => {
      say(near, '1')
      say(near, '2')
      await Promise.resolve()
      say(near, '3')
      for (let tick = 0; tick < 10; tick++) await Promise.resolve()
      say(near, '4')
    }, 1)
    assert.deepEqual(textsOf(frames), [['1', '2', '3', '4']])
  })

  it('leaves in parts of 32 messages where there are more in one turn, each at once', async () => {
    const frames = await written(async (near) => {
      for (let sent = 0; sent < 70; sent++) say(near, String(sent))
    }, 3)
    const batches = textsOf(frames).map(({ length }) => length)
    assert.deepEqual(batches, [32, 32, 6])
  })

  it('has what is not answered among them, as nothing that makes a part full', async () => {
    const frames = await written(async (near) => {
      tell(near, '"confirmed"')
      for (let sent = 0; sent < 32; sent++) say(near, String(sent))
      tell(near, '"released"')
    }, 2)
    const batches = textsOf(frames).map(({ length }) => length)
    assert.deepEqual(batches, [33, 1])
  })

  it('is a frame of its own for a message with byte arrays, in the order of sending', async () => {
    const frames = await written(async (near) => {
      say(near, '1')
      say(near, '2', [Uint8Array.of(1), Uint8Array.of(2, 3)])
      say(near, '3', [Uint8Array.of(4)])
      say(near, '4')
    }, 4)
    assert.deepEqual(textsOf(frames), [['1'], ['2'], ['3'], ['4']])
    assert.deepEqual(
      frames.map(({ tail }) => [...tail]),
      [[], [1, 2, 3], [4], []],
    )
  })

  it('is split into frames of no more than 64 KiB, and than the longest that the peer takes', async () => {
    const text = 'x'.repeat(1000)
    const fours = await written(async (near) => {
      near.limit(small)
      for (let sent = 0; sent < 10; sent++) say(near, text)
    }, 3)
    assert.deepEqual(
      textsOf(fours).map(({ length }) => length),
      [4, 4, 2],
    )
    const long = 'x'.repeat(30_000)
    const pairs = await written(async (near) => {
      for (let sent = 0; sent < 5; sent++) say(near, long)
    }, 3)
    assert.deepEqual(
      textsOf(pairs).map(({ length }) => length),
      [2, 2, 1],
    )
  })

  it('is a frame of its own for a message that is longer than that', async () => {
    const frames = await written(async (near) => {
      for (const text of ['1', 'x'.repeat(70_000), '2', '3']) say(near, text)
    }, 3)
    assert.deepEqual(
      textsOf(frames).map((texts) => texts.map(({ length }) => length)),
      [[1], [70_000], [1, 1]],
    )
  })

  it('takes up to as much as the peer takes in one frame', async () => {
    const frames = await written(async (near) => {
      near.limit(small)
      say(near, 'x'.repeat(4086))
      say(near, '1')
    }, 2)
    assert.deepEqual(
      textsOf(frames).map(([text = '']) => text.length),
      [4086, 1],
    )
  })

  it('leaves out a message that is too large, and nothing else', async () => {
    const frames = await written(async (near) => {
      near.limit(small)
      say(near, '1')
      assert.throws(() => say(near, 'x'.repeat(4087)), { code: 'FRAME_TOO_LARGE', message: /maxFrameBytes \(4096\)/ })
      assert.throws(() => tell(near, 'x'.repeat(4087)), { code: 'FRAME_TOO_LARGE' })
      assert.throws(() => say(near, '2', [new Uint8Array(4087)]), { code: 'FRAME_TOO_LARGE' })
      near.limit({ ...small, maxFrameBytes: 8192 })
      assert.throws(() => say(near, 'x'.repeat(4087)), { code: 'FRAME_TOO_LARGE', message: /maxTextBytes \(4096\)/ })
      say(near, '3', [new Uint8Array(4087)])
      say(near, '4')
    }, 3)
    assert.deepEqual(textsOf(frames), [['1'], ['3'], ['4']])
  })

  it('leaves before the turn ends where it is much, answered or not', async () => {
    for (const send of [say, tell]) {
      await againstBareSocket(async (near, far) => {
        near.limit(limits)
        far.pause()
        for (let sent = 0; sent < 5; sent++) send(near, 'x'.repeat(64 * 1024))
        assert.ok(near.queuedBytes > 0)
      })
    }
  })

  it('is waited for until it has left, without a listener that stays', async () => {
    await atAddress(async (address) => {
      const server = createServer((far) => far.resume()).listen(socketPath(address))
      const socket = createConnection(socketPath(address))
      await once(socket, 'connect')
      const near = new SocketTransport(new SocketReader(() => socket), 'the other side')
      near.limit(limits)
      const listeners = socket.listenerCount('close')
      for (let round = 0; round < 3; round++) {
        say(near, '1', [new Uint8Array(8 * 1024 * 1024)])
        near.flush()
        assert.ok(near.queuedBytes > 0)
        await near.drained()
        assert.deepEqual([near.queuedBytes, socket.listenerCount('close')], [0, listeners])
      }
      near.destroy()
      server.close()
    })
  })
})

describe('what a socket reads', { timeout: 10_000 }, () => {
  const malformed: readonly [what: string, bytes: Uint8Array, message: RegExp][] = [
    ['byte arrays with several messages', textFrame(['1', '2'], Uint8Array.of(1)), /more than one message with a tail/],
    ['byte arrays with no message', textFrame([], Uint8Array.of(1)), /a tail and no message/],
    ['a message longer than its frame', Buffer.concat([words(5, 1), Buffer.of(1)]), /fewer bytes/],
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\n\r\n'), /announced a frame of 542393675 bytes/],
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

  it('arrives as it was sent, however it is cut and however often it is held meanwhile', async () => {
    const bytes = Buffer.concat(
      [3, 70_000, 200_000, 5, 1_000_000, 6, 7].flatMap((length) => [
        textFrame(['x'.repeat(length)]),
        textFrame(['1'], randomBytes(length)),
        textFrame(['2', '3']),
      ]),
    )
    const sent = framesIn(bytes).flatMap(({ messages, tail }) => messages.map((message) => digests(message, tail)))
    const anySize = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 300_000 }))
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(anySize), async (sizes) => {
        await againstBareSocket(async (near, far) => {
          near.limit(limits)
          const received = receivedWithHolds(near)
          let at = 0
          for (const size of sizes) {
            if (at >= bytes.byteLength) break
            far.write(bytes.subarray(at, (at += size)))
            await new Promise((resolve) => setImmediate(resolve))
          }
          while (received.length < sent.length) await new Promise((resolve) => setImmediate(resolve))
          assert.deepEqual(received, sent)
        })
      }),
      { seed: 1, numRuns: 10 },
    )
  })

  it('may be an empty frame, which says nothing', async () => {
    await againstBareSocket(async (near, far) => {
      const inbox = new Inbox()
      near.start(inbox)
      far.write(Buffer.concat([textFrame([]), textFrame(['1'])]))
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
      far.write(textFrame(['1']))
      await inbox.holds(1)
      far.write(textFrame(['2']))
      far.write(textFrame(['3']))
      far.destroy()
      say(near, '"to nobody"')
      const error = await inbox.ended()
      assert.deepEqual(inbox.messages, [1, 2, 3])
      assert.equal(Reflect.get(Object(error) as object, 'code'), 'EPIPE')
    })
  })

  it('reports a peer that breaks off in the middle of a frame as an end', async () => {
    await againstBareSocket(async (near, far) => {
      const inbox = new Inbox()
      near.start(inbox)
      far.end(textFrame(['1']).subarray(0, 9))
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
      say(accepted[0] ?? assert.fail(), '"still here"')
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

/** The digests of what arrives, as it does. After every third message, the transport is held for a moment. */
function receivedWithHolds(transport: Transport): string[][] {
  const received: string[][] = []
  const receiver: Receiver = {
    message({ bytes, position, end }, tail) {
      received.push(digests(bytes.subarray(position, end), tail))
      if (received.length % 3 !== 0) return
      transport.hold()
      setImmediate(() => transport.start(receiver))
    },
    closed: () => undefined,
  }
  transport.start(receiver)
  return received
}

function digests(...parts: readonly Uint8Array[]): string[] {
  return parts.map((bytes) => createHash('sha1').update(bytes).digest('hex'))
}

/** What arrives at the other side, until so many frames have. */
async function written(write: (near: Transport) => Promise<void>, count: number): Promise<Frame[]> {
  const chunks: Buffer[] = []
  await againstBareSocket(async (near, far) => {
    near.limit(limits)
    const complete = new Promise<void>((resolve) => {
      far.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        if (framesIn(Buffer.concat(chunks)).length >= count) resolve()
      })
    })
    await write(near)
    await complete
  })
  return framesIn(Buffer.concat(chunks))
}

function textsOf(frames: readonly Frame[]): string[][] {
  return frames.map(({ messages }) => messages.map((message) => Buffer.from(message).toString()))
}

async function runProgram(address: string, mode: 'ref' | 'unref'): Promise<string> {
  const program = programFlags(moduleUrl('./connected-program.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [...program, address, mode])
  return stdout.trim()
}
