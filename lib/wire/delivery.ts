import { ManagerError } from '../errors.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

/**
 * The first byte of what both sides of a session that outlives its connections say to each other beside its messages, whose own
 * are in `message-form.ts`; and that of a `ping`, which asks for what was read too.
 */
export const deliveryCode = { ping: 16, received: 19, leave: 20 } as const

/** So many messages of the other side, of all that were sent in this session, have been read. */
export function writeReceived(writer: Writer, count: number): void {
  writer.byte(deliveryCode.received)
  writer.varint(count)
}

/** @throws ManagerError `PROTOCOL` for what is malformed */
export function readReceived(message: Reader): number {
  message.byte()
  const count = message.varint()
  if (message.isAtEnd) return count
  throw new ManagerError('PROTOCOL', "the peer sent a 'received' message with more than its fields")
}

/** This side ends the session: nothing more comes, over this connection or another. */
export function writeLeave(writer: Writer): void {
  writer.byte(deliveryCode.leave)
}
