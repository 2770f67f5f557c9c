import { ManagerError } from '../errors.ts'

/** Bounds on what a peer may send; each is checked before anything is allocated for it. */
export interface Limits {
  /** The longest frame, in bytes. A longer message is refused by its sender with `FRAME_TOO_LARGE`. */
  readonly maxFrameBytes: number
  /** The longest text of a frame, in bytes: all of it but the byte arrays, which cost a receiver little. */
  readonly maxTextBytes: number
  /** The most lists, objects and names in the text of a frame: what reading it takes its time for. */
  readonly maxParts: number
  /** The most byte arrays in one message. */
  readonly maxAttachments: number
}

/** How deep lists and objects of a text may lie in each other, the list of messages included. */
export const maxDepth = 128

/** The most messages in a frame. */
export const maxMessages = 8192

/** The longest name of a method or property, in characters. */
export const maxNameLength = 1024

/** The longest chain of calls, in characters: about a hundred calls that wait for each other. */
export const maxChainLength = 4096

/** The most calls of a chain: each is kept by its name while the last one waits. */
export const maxChainCalls = 128

/** The most requests that one message confirms. */
export const maxConfirmed = 8192

/** The error for a message that is longer than the other side takes, its byte arrays not counted. */
export function textTooLarge(what: string, maxTextBytes: number): ManagerError {
  return new ManagerError(
    'FRAME_TOO_LARGE',
    `a message has ${what} beside its byte arrays, more than maxTextBytes (${maxTextBytes}) allows; send it in parts, or raise maxTextBytes on both sides`,
  )
}

const mebibyte = 1024 * 1024
const defaultFrameBytes = 256 * mebibyte
const defaultTextBytes = 16 * mebibyte
const maxAttachments = 65_536

/** What a peer may send before it is authenticated: the few short texts of the handshake. */
export const handshakeLimits: Limits = { maxFrameBytes: 4096, maxTextBytes: 4096, maxParts: 256, maxAttachments: 0 }

/** Below this, not even every error could be answered. */
const leastFrameBytes = 4096

/** What the length of a frame can say. */
const mostFrameBytes = 0xffff_ffff

/** A text may have a part for so many of its longest length's bytes, and at least so many. */
const bytesPerPart = 16
const leastParts = 65_536

export interface ChosenLimits {
  readonly maxFrameBytes?: number | undefined
  readonly maxTextBytes?: number | undefined
}

/**
 * The default limits, but for what is given.
 * @throws RangeError for less than 4096 bytes, or more than a frame can say
 */
export function withLimits({
  maxFrameBytes = defaultFrameBytes,
  maxTextBytes = defaultTextBytes,
}: ChosenLimits): Limits {
  assertBytes('maxFrameBytes', maxFrameBytes)
  assertBytes('maxTextBytes', maxTextBytes)
  const textBytes = Math.min(maxTextBytes, maxFrameBytes)
  const maxParts = Math.max(leastParts, Math.floor(textBytes / bytesPerPart))
  return { maxFrameBytes, maxTextBytes: textBytes, maxParts, maxAttachments }
}

/** Whether a frame or text may be of so many bytes at most. */
export function isLimit(bytes: number): boolean {
  return bytes >= leastFrameBytes && bytes <= mostFrameBytes
}

function assertBytes(name: string, bytes: number): void {
  if (isLimit(bytes)) return
  throw new RangeError(`${name} is ${bytes}; it must be from ${leastFrameBytes} to ${mostFrameBytes}`)
}

/** What a byte of JSON means here, by its value: most mean nothing. */
const meanings = new Uint8Array(256)
const [quote, open, close, name] = [1, 2, 3, 4]
meanings[0x22] = quote
for (const bracket of '[{') meanings[bracket.charCodeAt(0)] = open
for (const bracket of ']}') meanings[bracket.charCodeAt(0)] = close
meanings[':'.charCodeAt(0)] = name
const escape = 0x5c

/**
 * Looks through JSON text before it is parsed, in an eighth of the time.
 * @returns what is more than a receiver takes, if anything; of what is no JSON, anything
 */
export function excessOf(json: Uint8Array, start: number, end: number, { maxParts }: Limits): string | undefined {
  let depth = 0
  let parts = 0
  for (let at = start; at < end; at++) {
    const meaning = meanings[json[at] ?? 0]
    if (meaning === 0) continue
    if (meaning === quote) at = endOfText(json, at + 1, end)
    else if (meaning === close) depth--
    else if (++parts > maxParts) return `more than ${maxParts} lists, objects and names`
    else if (meaning === open && ++depth > maxDepth) return `lists or objects more than ${maxDepth} deep`
  }
  return undefined
}

/** Where the text ends that begins at `at`. */
function endOfText(json: Uint8Array, at: number, end: number): number {
  while (at < end && json[at] !== 0x22) at += json[at] === escape ? 2 : 1
  return at
}
