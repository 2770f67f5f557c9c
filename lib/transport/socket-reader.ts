import type { OnReadOpts } from 'node:net'
import type { Duplex } from 'node:stream'
import { FrameReader } from '../wire/frame.ts'
import { handshakeLimits } from '../wire/limits.ts'

/** A socket, or what is used as one. */
export interface ByteStream extends Duplex {
  /** The address of the machine at the other end, where it is one of a network. */
  readonly remoteAddress?: string | undefined
  ref(): unknown
  unref(): unknown
}

/** As much as Node reads at once where nobody says where to. */
const readBytes = 64 * 1024

/**
 * Where all sockets of this thread read to, but for the rest of a long frame: what one has read is copied at once. Not on
 * Windows, where the system may write to it at any time.
 */
const shared = process.platform === 'win32' ? undefined : Buffer.allocUnsafeSlow(readBytes)

/**
 * Cuts what a socket reads into frames. The socket is told where to read to by Node's `onread`, so that short reads
 * allocate no chunk of their own, and long frames are read to where they stay.
 */
export class SocketReader {
  readonly socket: ByteStream
  readonly frames: FrameReader = new FrameReader(handshakeLimits)
  #arrived = (): void => undefined
  /** Where the rest of a long frame is being read to. */
  #room: Uint8Array | undefined

  /** @param open makes the socket, as a rule with this option: its chunks are taken too */
  constructor(open: (onread: OnReadOpts) => ByteStream) {
    const own = shared ?? Buffer.allocUnsafeSlow(readBytes)
    this.socket = open({
      buffer: () => (this.#room = this.frames.room) ?? own,
      callback: (byteLength, bytes) => {
        if (bytes === this.#room) this.#filled(byteLength)
        else this.take(Buffer.from(bytes.subarray(0, byteLength)))
        return true
      },
    })
    this.socket.pause()
    this.socket.on('data', (chunk: Buffer) => this.take(chunk))
  }

  /** @param arrived is called from then on when bytes have arrived */
  start(arrived: () => void): void {
    this.#arrived = arrived
    this.socket.resume()
  }

  take(chunk: Uint8Array): void {
    this.frames.push(chunk)
    this.#arrived()
  }

  #filled(byteLength: number): void {
    this.frames.filled(byteLength)
    this.#arrived()
  }
}
