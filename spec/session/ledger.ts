import type { ReferenceDescriptor } from '../../lib/codec/reference-port.ts'
import { isStreamSource } from '../../lib/session/outgoing-stream.ts'
import type { SessionReferences } from '../../lib/session/role.ts'
import type { Session } from '../../lib/session/session.ts'
import type { StreamId, TargetId } from '../../lib/wire/message.ts'

/** The one kind of object that crosses by reference in these specs, besides streams. */
export class Token {
  readonly kind = 'token'
}

const tokenId = 1 as TargetId

/** References of the plainest kind: all there is to them is how many are out. */
export class Ledger implements SessionReferences {
  /** References that the peer holds, as far as this side knows. */
  given = 0
  /** References that this side has received and not given back. */
  received = 0
  readonly pins: TargetId[] = []
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
  }

  accepts(value: object): boolean {
    return value instanceof Token || isStreamSource(value)
  }

  export(value: object): ReferenceDescriptor {
    if (isStreamSource(value)) return { kind: 'stream', id: this.#session.streams.offer(value) }
    this.given++
    return { kind: 'token', id: tokenId }
  }

  refuseTooMany(): void {
    // As many as it likes.
  }

  sent({ kind, id }: ReferenceDescriptor): void {
    if (kind === 'stream') this.#session.streams.open(id as StreamId)
  }

  unexport(descriptor: ReferenceDescriptor): void {
    if (descriptor['kind'] === 'stream') this.#session.streams.withdraw(descriptor['id'] as StreamId)
    else this.given--
  }

  import(descriptor: ReferenceDescriptor): unknown {
    if (descriptor['kind'] === 'stream') return this.#session.streams.accept(descriptor['id'] as StreamId)
    if (descriptor['kind'] !== 'token') throw new Error('a reference that leads nowhere')
    this.received++
    return new Token()
  }

  discard(descriptor: ReferenceDescriptor): void {
    if (descriptor['kind'] === 'stream') this.#session.send({ kind: 'stop', stream: descriptor['id'] as StreamId })
    else this.#session.send({ kind: 'release', to: tokenId, count: 1 })
  }

  released(_to: TargetId, count: number): void {
    this.given -= count
  }

  pinned(to: TargetId): void {
    this.pins.push(to)
  }
}
