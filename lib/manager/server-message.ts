import type { Parcel } from '../process/parcel.ts'
import type { Target } from '../process/target.ts'
import type { RegistrationKey } from '../registry.ts'
import type { UnhandledFailure } from '../session-events.ts'
import type { SessionOptions } from '../session/session-options.ts'
import type { Place } from '../transport/address.ts'

/** What an owner tells its server process, once, over the IPC channel that ends with either of them. */
export interface OwnerMessage {
  readonly authkey: Uint8Array
  /** What only the owner knows: it alone may have the process import modules. */
  readonly ownerSecret: string
  readonly types: readonly RegistrationKey[]
  /** The modules that register classes and transformers of values. */
  readonly modules: readonly string[]
  readonly initializer?: { readonly target: Target; readonly args: Parcel }
  /** Where to listen. Its folder is there already; either of the two removes it, whichever is left. */
  readonly place: Place
  readonly pinMs?: number
  readonly session: SessionOptions
  readonly graceMs?: number
  /** Whether another server may come to the place when this one has ended in order. */
  readonly isSucceeded: boolean
  readonly exposeStacks?: boolean | 'authkey'
  /** Whether another process will listen there when this one fails: it leaves the folder then. */
  readonly isSupervised: boolean
  /** The process that kills this one if it is blocked while its owner dies. */
  readonly watchdogPid?: number
}

export type ServerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly error: Parcel }
  /** A call failed whose promise nobody had taken. May come at any time. */
  | ({ readonly kind: 'unhandled'; readonly error: Parcel } & Omit<UnhandledFailure, 'error'>)
  /** The process ends by an error that nothing there caught. May come at any time, and is the last. */
  | { readonly kind: 'crashed'; readonly error: Parcel }
