import { ManagerError } from '../errors.ts'

/** Bounds on what a peer may send; each is checked before anything is allocated for it. */
export interface Limits {
  /** The longest frame, in bytes. A longer message is refused by its sender with `FRAME_TOO_LARGE`. */
  readonly maxFrameBytes: number
  /** The most bytes of a frame beside its tail, the bytes of byte arrays, which cost a receiver little. */
  readonly maxTextBytes: number
  /** The most lists and objects in the body of a message: what reading it takes its time for. */
  readonly maxParts: number
}

/** The most bytes of messages in a frame that has several, so that a receiver is done with them soon. */
export const maxBatchBytes: number = 64 * 1024

/** The longest name of a method or property, in characters. */
export const maxNameLength = 1024

/** The longest chain of calls, in characters: about a hundred calls that wait for each other. */
export const maxChainLength = 4096

/** The most calls of a chain: each is kept by its name while the last one waits. */
export const maxChainCalls = 128

/** The most requests that one message confirms. */
export const maxConfirmed = 8192

/** Characters of all the types that a session describes, each name counted as so many more. */
export const maxDescribed = 16_777_216
export const describedName = 64

/** The longest portable reference, in characters. */
export const maxReferenceLength = 16_384

/** How often a reference can be narrowed. */
export const maxCaveats = 32

/** How long its caveats may be, as JSON in UTF-8: a login that names them all is one short frame. */
export const maxCaveatBytes = 2048

/** The error for a message that is longer than the other side takes, its byte arrays not counted. */
export function textTooLarge(what: string, maxTextBytes: number): ManagerError {
  return new ManagerError(
    'FRAME_TOO_LARGE',
    `a message has ${what} beside its byte arrays, more than maxTextBytes (${maxTextBytes}) allows; send it in parts, or raise maxTextBytes on both sides, and maxFrameBytes, which bounds it`,
  )
}

const mebibyte = 1024 * 1024
const defaultFrameBytes = 256 * mebibyte
const defaultTextBytes = 16 * mebibyte

/** What a peer may send before it is authenticated: the few short lines of the handshake. */
export const handshakeLimits: Limits = { maxFrameBytes: 4096, maxTextBytes: 4096, maxParts: 256 }

/** Below this, not even every error could be answered. */
const leastFrameBytes = 4096

/** What the length of a frame can say. */
const mostFrameBytes = 0xffff_ffff

/** A body may have a part for so many of its longest length's bytes, and at least so many. */
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
  return { maxFrameBytes, maxTextBytes: textBytes, maxParts: partsOf(textBytes) }
}

/** The most objects and lists of a body, for who takes messages of so many bytes. */
export function partsOf(maxTextBytes: number): number {
  return Math.max(leastParts, Math.floor(maxTextBytes / bytesPerPart))
}

/** Whether a frame or text may be of so many bytes at most. */
export function isLimit(bytes: number): boolean {
  return bytes >= leastFrameBytes && bytes <= mostFrameBytes
}

function assertBytes(name: string, bytes: number): void {
  if (isLimit(bytes)) return
  throw new RangeError(`${name} is ${bytes}; it must be from ${leastFrameBytes} to ${mostFrameBytes}`)
}
