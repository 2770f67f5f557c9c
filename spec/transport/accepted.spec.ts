import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { withOnread } from '../../lib/transport/accepted.ts'
import { socketPath } from '../../lib/transport/address.ts'
import { SocketReader } from '../../lib/transport/socket-reader.ts'
import { SocketTransport } from '../../lib/transport/socket-transport.ts'
import { withLimits } from '../../lib/wire/limits.ts'
import { textFrame } from '../wire/frames.ts'
import { Inbox } from './inbox.ts'
import { atAddress } from './sockets.ts'

const tail = Uint8Array.from({ length: 3_000_000 }, (_, index) => index % 251)

describe('an accepted socket', { timeout: 10_000 }, () => {
  it('reads long frames to where they stay', async () => {
    await atAccepted(async (accepted, far) => {
      const reader = new SocketReader((onread) => withOnread(accepted, onread))
      assert.notEqual(reader.socket, accepted)
      const placed = await placedBytes(reader, far)
      assert.ok(placed > 2_000_000, `${placed} bytes`)
    })
  })

  it('stays as it is where it has another form than is known, and is read all the same', async () => {
    await atAccepted(async (accepted, far) => {
      Reflect.set(Reflect.get(accepted, '_handle') as object, 'useUserBuffer', undefined)
      const reader = new SocketReader((onread) => withOnread(accepted, onread))
      assert.equal(reader.socket, accepted)
      assert.equal(await placedBytes(reader, far), 0)
    })
  })

  it('is no longer counted by its server', async () => {
    await atAccepted(async (accepted, _far, server) => {
      const { socket } = new SocketReader((onread) => withOnread(accepted, onread))
      const closed = once(server, 'close')
      server.close()
      await closed
      assert.equal(socket.destroyed, false)
      socket.destroy()
    })
  })
})

/** How many bytes of three frames, a long one among them, were read to where they stay. */
async function placedBytes(reader: SocketReader, far: Socket): Promise<number> {
  const { frames } = reader
  const filled = frames.filled.bind(frames)
  let placed = 0
  frames.filled = (byteLength) => {
    placed += byteLength
    filled(byteLength)
  }
  const transport = new SocketTransport(reader, 'a peer', { appliesBackpressure: true })
  const inbox = new Inbox()
  transport.limit(withLimits({}))
  transport.start(inbox)
  far.write(Buffer.concat([textFrame(['1']), textFrame(['2'], tail), textFrame(['3'])]))
  await inbox.holds(3)
  assert.deepEqual(inbox.messages, [1, 2, 3])
  assert.ok(Buffer.from(inbox.tails[1] ?? []).equals(tail))
  far.end()
  assert.equal(await inbox.ended(), undefined)
  return placed
}

/** @param use is called in the turn in which the socket is accepted */
async function atAccepted(use: (accepted: Socket, far: Socket, server: Server) => Promise<void>): Promise<void> {
  await atAddress(async (address) => {
    const server = createServer().listen(socketPath(address))
    await once(server, 'listening')
    const far = createConnection(socketPath(address))
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('connection', (accepted) => void use(accepted, far, server).then(resolve, reject))
      })
    } finally {
      far.destroy()
      server.close()
    }
  })
}
