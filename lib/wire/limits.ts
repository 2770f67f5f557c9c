/** Bounds on what a peer may send; each is checked before anything is allocated for it. */
export interface Limits {
  /** The longest frame, in bytes. A longer message is refused by its sender with `FRAME_TOO_LARGE`. */
  readonly maxFrameBytes: number
  /** The most byte arrays in one message. */
  readonly maxAttachments: number
}

const defaultLimits: Limits = { maxFrameBytes: 256 * 1024 * 1024, maxAttachments: 65_536 }

/** What a peer may send before it is authenticated: the few short texts of the handshake. */
export const handshakeLimits: Limits = { maxFrameBytes: 4096, maxAttachments: 0 }

/** Below this, not even every error could be answered. */
const leastFrameBytes = 4096

/** What the length of a frame can say. */
const mostFrameBytes = 0xffff_ffff

/**
 * The default limits, but for what is given.
 * @throws RangeError for less than 4096 bytes, or more than a frame can say
 */
export function withLimits(maxFrameBytes: number | undefined): Limits {
  if (maxFrameBytes !== undefined && !(maxFrameBytes >= leastFrameBytes && maxFrameBytes <= mostFrameBytes)) {
    throw new RangeError(`maxFrameBytes is ${maxFrameBytes}; it must be from ${leastFrameBytes} to ${mostFrameBytes}`)
  }
  return maxFrameBytes === undefined ? defaultLimits : { ...defaultLimits, maxFrameBytes }
}
