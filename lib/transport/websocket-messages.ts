import { joined } from '../platform/node.ts'

/** The longest message: what a stranger can have this side keep of one that hasn't arrived whole. */
export const maxMessageBytes: number = 64 * 1024

/** All bytes, in few messages of at most so many each. */
export function messagesOf(chunks: readonly Uint8Array[]): Uint8Array[] {
  const messages: Uint8Array[] = []
  let short: Uint8Array[] = []
  let shortBytes = 0
  const flush = (): void => {
    const [only] = short
    if (only !== undefined) messages.push(short.length === 1 ? only : joined(short))
    short = []
    shortBytes = 0
  }
  for (const chunk of chunks) {
    if (shortBytes + chunk.byteLength > maxMessageBytes) flush()
    let rest = chunk
    for (; rest.byteLength > maxMessageBytes; rest = rest.subarray(maxMessageBytes))
      messages.push(rest.subarray(0, maxMessageBytes))
    short.push(rest)
    shortBytes += rest.byteLength
  }
  flush()
  return messages
}
