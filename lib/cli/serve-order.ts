import type { Marshalled } from '../process/marshal.ts'

/** What the process that serves is told. */
export interface ServeOrder {
  readonly kind: 'serve'
  /** URLs. */
  readonly modules: readonly string[]
  readonly named: readonly { readonly name: string; readonly typeid: string }[]
  readonly address: string
  readonly authkey: Uint8Array
  readonly advertise?: string
  readonly tls?: { readonly cert: string; readonly key: string }
  readonly allowUnencrypted?: boolean
  readonly graceMs?: number
  /** Whether another one comes to the address when this one has ended, for which clients wait. */
  readonly isWatched: boolean
}

export type ServingMessage =
  | { readonly kind: 'ready'; readonly address: string; readonly pid: number; readonly typeids: readonly string[] }
  | { readonly kind: 'failed'; readonly error: Marshalled }

export type ServeMessage = ServeOrder | { readonly kind: 'end' }
