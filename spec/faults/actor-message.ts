import type { Deed } from './programs/deed.ts'
import type { SessionState } from './programs/state.ts'

/** What an actor is, and what its session is at when its fault comes. */
export type ActorRole =
  | { readonly kind: 'owner'; readonly state: SessionState }
  | { readonly kind: 'client'; readonly state: SessionState; readonly address: string; readonly authkey: string }

/** What a spec tells an actor. */
export type ActorOrder =
  | { readonly kind: 'commit'; readonly deed: Deed }
  /** Close your manager, which takes until this file goes. */
  | { readonly kind: 'close'; readonly file: string }
  /** Say how what you were at has ended. */
  | { readonly kind: 'say' }
  /** Start another manager and use it; then close your own. */
  | { readonly kind: 'next' }

/** What an actor tells the spec. Keys are in hexadecimal digits. */
export type ActorReport =
  | { readonly kind: 'ready'; readonly address: string; readonly authkey: string; readonly serverPid: number }
  | { readonly kind: 'closing' }
  | { readonly kind: 'outcome'; readonly outcome: string }
  | { readonly kind: 'worked' }
