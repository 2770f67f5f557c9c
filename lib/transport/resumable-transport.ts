import { isManagerError, ManagerError } from '../errors.ts'
import { atExit, ref, unref } from '../platform/node.ts'
import { deliveryCode, readReceived, writeLeave, writeReceived } from '../wire/delivery.ts'
import { refuseTooLarge } from '../wire/frame-writer.ts'
import { handshakeLimits, type Limits } from '../wire/limits.ts'
import type { Reader } from '../wire/reader.ts'
import { Writer } from '../wire/writer.ts'
import { KeptMessages } from './kept-messages.ts'
import type { Receiver, Transport } from './transport.ts'

/** After so many bytes of messages, the other side is told that they were read. */
const receivedBytes = 64 * 1024

/** About what a message takes beside its bytes where it is kept. */
const messageOverhead = 8

/** Another connection to the same other side, and how many messages of this one that has read. */
export interface Resumed {
  readonly connection: Transport
  readonly received: number
}

export interface ResumableOptions {
  /** How long there may be no connection, in milliseconds. */
  readonly resumeMs: number
  /** How many bytes may wait to be read by the other side, after the message that it is at. */
  readonly maxKeptBytes: number
  /**
   * Makes another connection in place of one that was lost; without it, the other side does.
   * @param received how many messages were read
   * @throws (as a rejection) ManagerError where that is in vain: the transport ends
   */
  readonly redial?: (received: number, signal: AbortSignal) => Promise<Resumed>
  /** Is told that there is no connection any more, or again. */
  readonly changed?: (kind: 'interrupted' | 'resumed', error?: Error) => void
}

const noAttachments: readonly Uint8Array[] = []
const own = new Writer(16)

/**
 * A transport that outlives its connection: what was sent is kept until the other side has read it, and sent again over the
 * next connection, once each and in order. It ends where either side ends it, where the other side breaks the protocol, where
 * there is no connection for `resumeMs`, and where more than `maxKeptBytes` wait for one, or would have to be sent again over it.
 *
 * Both sides must be one. It owns its connections.
 */
export class ResumableTransport implements Transport {
  readonly peer: string
  readonly isLocal: boolean
  readonly binding: string
  readonly admits: Transport['admits']
  #host: string | undefined
  readonly #options: ResumableOptions
  readonly #kept = new KeptMessages()
  #connection: Transport | undefined
  #receiver: Receiver | undefined
  #receivable: Limits = handshakeLimits
  #sendable: Limits = handshakeLimits
  /** How many messages were read, and how many bytes of those that the other side hasn't been told of. */
  #received = 0
  #untoldBytes = 0
  /** Whether it waits for another connection, or did so to its end; and how often it has. */
  #isSuspended = false
  #interruptions = 0
  #isReferenced = true
  #hasPeerLeft = false
  #isClosing = false
  #failure: Error | undefined
  #isOver = false
  #isEndTold = false
  #isHeld = false
  #grace: ReturnType<typeof setTimeout> | undefined
  #redialing: AbortController | undefined
  /** Resolves when there is a connection, or none will be. */
  #connected: Promise<void> | undefined
  #settleConnected: () => void = () => undefined
  readonly #stayAtExit: () => void

  constructor(connection: Transport, options: ResumableOptions) {
    this.peer = connection.peer
    this.isLocal = connection.isLocal
    this.binding = connection.binding
    this.admits = connection.admits
    this.#host = connection.host
    this.#connection = connection
    this.#options = options
    // The system ends the connections of a process that exits, as it does those that are lost.
    this.#stayAtExit = atExit(() => this.#leave())
  }

  /** That of the last connection. */
  get host(): string | undefined {
    return this.#host
  }

  get maxTextBytes(): number {
    return this.#sendable.maxTextBytes
  }

  /** Without a connection, all that is kept waits. */
  get queuedBytes(): number {
    return this.#outlet?.queuedBytes ?? this.#kept.byteLength
  }

  get interruption(): number {
    return this.#isSuspended ? this.#interruptions : 0
  }

  drained(): Promise<void> {
    return this.#connection?.drained() ?? this.#connected ?? Promise.resolve()
  }

  start(receiver: Receiver): void {
    this.#receiver = receiver
    this.#isHeld = false
    if (this.#isEndTold) this.#tellEnd()
    else if (this.#connection !== undefined) this.#attach(this.#connection)
  }

  hold(): void {
    this.#isHeld = true
    this.#connection?.hold()
  }

  send(writer: Writer, start: number, attachments: readonly Uint8Array[] = noAttachments): void {
    if (this.#isClosing) return
    const outlet = this.#outlet
    if (outlet === undefined) refuseTooLarge(writer.position - start, bytesIn(attachments), this.#sendable)
    else outlet.send(writer, start, attachments)
    this.#keep(writer, start, attachments)
  }

  tell(writer: Writer, start: number): void {
    if (this.#isClosing) return
    const outlet = this.#outlet
    if (outlet === undefined) refuseTooLarge(writer.position - start, 0, this.#sendable)
    else outlet.tell(writer, start)
    this.#keep(writer, start, noAttachments)
  }

  flush(): void {
    this.#connection?.flush()
  }

  limit(received: Limits, sent: Limits = received): void {
    this.#receivable = received
    this.#sendable = sent
    this.#connection?.limit(received, sent)
  }

  ref(): void {
    this.#isReferenced = true
    this.#connection?.ref()
    if (this.#grace !== undefined) ref(this.#grace)
  }

  unref(): void {
    this.#isReferenced = false
    this.#connection?.unref()
    if (this.#grace !== undefined) unref(this.#grace)
  }

  /** Without a connection, what is kept is lost, and the other side learns of the end when its time is up. */
  close(): void {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#leave()
    if (this.#connection === undefined) this.#end()
    else this.#connection.close()
  }

  destroy(error?: Error): void {
    this.#isClosing = true
    this.#failure ??= error
    this.#leave()
    if (this.#connection === undefined) this.#end(error)
    else this.#connection.destroy(error)
  }

  /** The connection is of no use any more: another one is to come in its place. */
  interrupt(error: Error): void {
    if (this.#connection === undefined || this.#isClosing) return
    this.#drop()
    this.#suspend(error)
  }

  /**
   * Goes on over another connection, which this takes; closes that where it has ended by now.
   * @param peerReceived how many messages the other side has read
   * @param answer is told how many this side has read, before anything else is sent
   * @throws ManagerError `PROTOCOL` where that can't be, `SESSION_LOST` where too much would have to be sent again: the transport
   * ends, and the connection stays the caller's
   */
  resume(connection: Transport, peerReceived: number, answer?: (received: number) => void): void {
    if (this.#isClosing) return connection.destroy()
    this.#assertCanResume(peerReceived)
    this.#drop()
    this.#stopWaiting()
    answer?.(this.#received)
    this.#kept.release(peerReceived)
    this.#untoldBytes = 0
    this.#connection = connection
    this.#host = connection.host
    this.#isSuspended = false
    this.#attach(connection)
    this.#kept.replay((writer, start, attachments) => connection.send(writer, start, attachments))
    this.#settleConnected()
    this.#options.changed?.('resumed')
  }

  /** The connection, unless it takes nothing any more: what is sent then waits for the next one. */
  get #outlet(): Transport | undefined {
    return this.#connection?.isClosing === true ? undefined : this.#connection
  }

  /** Tells the other side that nothing more comes. */
  #leave(): void {
    if (this.#connection === undefined) return
    writeOwn(this.#connection, writeLeave)
    this.#connection.flush()
  }

  #attach(connection: Transport): void {
    connection.limit(this.#receivable, this.#sendable)
    if (this.#isReferenced) connection.ref()
    else connection.unref()
    connection.start({
      arrived: () => this.#receiver?.arrived?.(),
      message: (message, tail) => {
        if (this.#connection === connection) this.#take(connection, message, tail)
      },
      closed: (error) => {
        if (this.#connection === connection) this.#closed(error)
      },
    })
    if (this.#isHeld) connection.hold()
  }

  /** What the receiver throws is no failure of the connection. */
  #take(connection: Transport, message: Reader, tail: Uint8Array): void {
    try {
      this.#message(connection, message, tail)
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #message(connection: Transport, message: Reader, tail: Uint8Array): void {
    const code = message.peek()
    if (code === deliveryCode.received) return this.#kept.release(readReceived(message))
    if (code === deliveryCode.leave) return void (this.#hasPeerLeft = true)
    this.#received++
    this.#untoldBytes += message.end - message.position + tail.byteLength + messageOverhead
    this.#receiver?.message(message, tail)
    if (this.#untoldBytes < receivedBytes && code !== deliveryCode.ping) return
    if (this.#connection !== connection || this.#isClosing) return
    this.#untoldBytes = 0
    writeOwn(connection, (writer) => writeReceived(writer, this.#received))
  }

  /** An error of this package says that the other side isn't to be talked to any more. */
  #closed(error?: Error): void {
    this.#connection = undefined
    if (this.#hasPeerLeft) this.#end()
    else if (this.#isClosing || isManagerError(error)) this.#end(error)
    else this.#suspend(error)
  }

  #suspend(cause?: Error): void {
    const { resumeMs, redial, changed } = this.#options
    this.#isSuspended = true
    this.#interruptions++
    this.#connected = new Promise((resolve) => (this.#settleConnected = resolve))
    this.#grace = setTimeout(() => this.#end(notResumed(this.peer, resumeMs, cause)), resumeMs)
    if (!this.#isReferenced) unref(this.#grace)
    changed?.('interrupted', cause)
    if (redial === undefined) return
    const redialing = new AbortController()
    this.#redialing = redialing
    redial(this.#received, redialing.signal).then(
      ({ connection, received }) => this.#redialed(connection, received),
      (error: unknown) => {
        if (this.#redialing === redialing) this.#end(error instanceof Error ? error : new Error(String(error)))
      },
    )
  }

  #redialed(connection: Transport, received: number): void {
    try {
      this.resume(connection, received)
    } catch {
      connection.destroy()
    }
  }

  #assertCanResume(count: number): void {
    const kept = this.#kept
    if (kept.canBeRead(count) && kept.hasAfter(count)) return
    const error = kept.canBeRead(count)
      ? new ManagerError('SESSION_LOST', `more than maxQueuedBytes were lost on the way to ${this.peer}`)
      : new ManagerError('PROTOCOL', `${this.peer} has read ${count} messages, it says, which can't be`)
    this.destroy(error)
    throw error
  }

  /** The present connection ends, and nothing more is heard of it. */
  #drop(): void {
    const connection = this.#connection
    this.#connection = undefined
    connection?.destroy()
  }

  #keep(writer: Writer, start: number, attachments: readonly Uint8Array[]): void {
    const kept = this.#kept
    const { maxKeptBytes } = this.#options
    kept.add(writer, start, attachments)
    if (kept.byteLength <= maxKeptBytes) return
    const outlet = this.#outlet
    const most = maxKeptBytes + (outlet?.queuedBytes ?? 0)
    if (kept.bytesAfterFirst <= most) return
    // What the other side says of it may wait to be read until it has read what waits for it.
    if (outlet !== undefined) return kept.forget(most)
    this.destroy(
      new ManagerError(
        'OVERLOADED',
        `${kept.byteLength} bytes wait for another connection to ${this.peer} (maxQueuedBytes)`,
      ),
    )
  }

  #stopWaiting(): void {
    clearTimeout(this.#grace)
    this.#grace = undefined
    const redialing = this.#redialing
    this.#redialing = undefined
    redialing?.abort(new ManagerError('ABORTED', 'the session has another connection, or has ended'))
  }

  #end(error: Error | undefined = this.#failure): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#isClosing = true
    this.#stopWaiting()
    this.#stayAtExit()
    this.#kept.clear()
    this.#settleConnected()
    this.#failure = error
    this.#tellEnd()
  }

  /** Not within what this side is sending. */
  #tellEnd(): void {
    this.#isEndTold = false
    queueMicrotask(() => {
      this.#isEndTold = true
      this.#receiver?.closed(this.#failure)
    })
  }
}

function writeOwn(connection: Transport, write: (writer: Writer) => void): void {
  own.position = 0
  write(own)
  connection.tell(own, 0)
}

function bytesIn(attachments: readonly Uint8Array[]): number {
  let byteLength = 0
  for (const each of attachments) byteLength += each.byteLength
  return byteLength
}

function notResumed(peer: string, resumeMs: number, cause: Error | undefined): ManagerError {
  const message = `the connection to ${peer} was lost, and there was no other one for ${resumeMs} ms`
  return new ManagerError('SESSION_LOST', message, cause === undefined ? {} : { cause })
}
