import type { Dice } from './dice.ts'
import { type Body, type Fields, messageOf, noBody } from './fields.ts'
import { frameOf } from './frame.ts'

/** What a peer sends at once: a frame, or what should have been one. */
export interface Shot {
  readonly name: string
  readonly bytes: Buffer
  /** Whether docs/protocol.md says that the receiver closes the connection. */
  readonly breaks?: boolean
  /** Whether it may say so; of all others the receiver must not. */
  readonly mayBreak?: boolean
  /** Takes the receiver a while: one of these at a time. */
  readonly isHeavy?: boolean
  /** Nothing can follow it: the sender closes. */
  readonly isLast?: boolean
  readonly isSlow?: boolean
  /** A request in it that must not succeed: it is for what nobody exposed or, where `to` is given, nobody granted. */
  readonly forbidden?: { readonly id: number; readonly to?: number }
  /** A request in it whose body is malformed: the answer is an error of this library's. */
  readonly malformed?: { readonly id: number }
}

/** What the other side granted: what its first reference said of it. */
export interface Granted {
  readonly id: number
  readonly members: readonly (readonly [name: string, kind: string])[]
}

/** Where a peer stands. */
export interface Situation {
  readonly dice: Dice
  readonly granted: readonly Granted[]
  /** Addresses where something listens. */
  readonly hosts: readonly string[]
  /** The latest of what it has sent, to send again. */
  readonly sent: readonly Buffer[]
  /** The numbers of its own requests so far. */
  readonly requests: number
  nextRequest(): number
}

/** A way to make shots; of a `weight` of 10 there are ten times as many as of 1. */
export interface Attack {
  readonly name: string
  readonly weight: number
  make(situation: Situation): Omit<Shot, 'name'>
}

/** The frame of one message. */
export function messageShot(fields: Fields, body: Body = noBody): Omit<Shot, 'name'> {
  return { bytes: frameOf([messageOf(fields, body)], body.tail) }
}

/** The frame of these messages. */
export function messagesShot(messages: readonly Fields[]): Omit<Shot, 'name'> {
  return { bytes: frameOf(messages.map((fields) => messageOf(fields))) }
}

export function targetOf({ dice, granted }: Situation): Granted {
  return granted[dice.below(granted.length)] ?? { id: dice.between(1, 6), members: [] }
}
