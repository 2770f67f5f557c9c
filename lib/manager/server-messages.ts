import type { MessagePort } from 'node:worker_threads'
import type { Marshalled } from '../process/marshal.ts'
import type { Target } from '../process/target.ts'
import type { RegistrationKey } from '../registry.ts'
import type { ServingOptions } from '../server/server.ts'
import type { UnhandledFailure } from '../session-events.ts'
import type { Address, Place } from '../transport/address.ts'

// What a server and the program that started it say to each other.

export interface Imports {
  readonly types: readonly RegistrationKey[]
  /** The modules that register classes and transformers of values. */
  readonly modules: readonly string[]
}

/** What an owner tells its server first, over the channel that ends with either of them. */
export interface StartMessage extends Imports {
  readonly kind: 'start'
  readonly authkey: Uint8Array
  readonly initializer?: { readonly target: Target; readonly args: Marshalled }
  /** Where to listen. The folder is removed by a server that ends in order, else by the owner, or its watchdog. */
  readonly place: Place
  readonly serving: ServingOptions
  /** Whether another server may come to the place when this one has ended in order. */
  readonly isSucceeded: boolean
}

/** What was registered after the start: only the owner has modules imported, as it alone has the channel. */
export interface ImportMessage extends Imports {
  readonly kind: 'import'
  readonly id: number
}

/** Asks for a sign of life. */
interface PingMessage {
  readonly kind: 'ping'
}

/** A client has the other end: of a server thread, the thread that started it takes the connections. */
export interface ConnectMessage {
  readonly kind: 'connect'
  readonly port: MessagePort
}

export type OwnerMessage = StartMessage | ImportMessage | PingMessage | ConnectMessage

export type ServerMessage =
  /** It listens there, as the server of this identity. */
  | { readonly kind: 'ready'; readonly serverId: string; readonly address: Address }
  /** The answer to a `ping`. */
  | { readonly kind: 'alive' }
  | { readonly kind: 'failed'; readonly error: Marshalled }
  /** The `import` of this id is done, or was refused. */
  | { readonly kind: 'imported'; readonly id: number; readonly error?: Marshalled }
  /** A call failed whose promise nobody had taken. May come at any time. */
  | ({ readonly kind: 'unhandled'; readonly error: Marshalled } & Omit<UnhandledFailure, 'error'>)
  /** It ends by an error that nothing there caught. May come at any time, and is the last. */
  | { readonly kind: 'crashed'; readonly error: Marshalled }

/** What a server is told first, but for its place. */
export type Order = Omit<StartMessage, 'kind' | 'place'>

export type ReadyMessage = Extract<ServerMessage, { readonly kind: 'ready' }>
