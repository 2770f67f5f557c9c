import type { Marshalled } from '../process/marshal.ts'
import type { Target } from '../process/target.ts'
import type { RegistrationKey, Registration } from '../registry.ts'
import type { UnhandledFailure } from '../session-events.ts'
import type { SessionOptions } from '../session/session-options.ts'
import type { Place } from '../transport/address.ts'
import { ManagerError } from '../errors.ts'
import { isRecord } from '../wire/message.ts'

/** What an owner tells its server process, once, over the IPC channel that ends with either of them. */
export interface OwnerMessage {
  readonly authkey: Uint8Array
  /** What only the owner knows: it alone may have the process import modules. */
  readonly ownerSecret: string
  readonly types: readonly RegistrationKey[]
  /** The modules that register classes and transformers of values. */
  readonly modules: readonly string[]
  readonly initializer?: { readonly target: Target; readonly args: Marshalled }
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
  | { readonly kind: 'failed'; readonly error: Marshalled }
  /** A call failed whose promise nobody had taken. May come at any time. */
  | ({ readonly kind: 'unhandled'; readonly error: Marshalled } & Omit<UnhandledFailure, 'error'>)
  /** The process ends by an error that nothing there caught. May come at any time, and is the last. */
  | { readonly kind: 'crashed'; readonly error: Marshalled }

/** What a server process is to know that was registered after it was started. */
export interface Lesson {
  readonly types: readonly RegistrationKey[]
  /** The modules that register classes and transformers of values. */
  readonly modules: readonly string[]
}

/** What finds a registration in another process. */
export function keyOf({ typeid, module, owner }: Registration): RegistrationKey {
  return { typeid, module, owner }
}

/** @throws ManagerError `PROTOCOL` for what isn't one */
export function parseLesson(value: unknown): Lesson {
  const { types, modules } = isRecord(value) ? value : {}
  if (Array.isArray(types) && isTexts(modules)) return { types: types.map(parseRegistrationKey), modules }
  throw malformed()
}

function parseRegistrationKey(value: unknown): RegistrationKey {
  const { typeid, module, owner } = isRecord(value) ? value : {}
  if (typeof typeid === 'string' && typeof owner === 'string' && (module === undefined || typeof module === 'string'))
    return { typeid, module, owner }
  throw malformed()
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

function malformed(): ManagerError {
  return new ManagerError('PROTOCOL', 'what the server is to learn is malformed')
}
