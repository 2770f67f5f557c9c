import { registeringModules } from '../codec/classes.ts'
import { createCodec } from '../codec/codec.ts'
import { encodeThrown } from '../codec/error-codec.ts'
import type { ReferencePort } from '../codec/reference-port.ts'
import { isManagerError, ManagerError } from '../errors.ts'
import { importModule } from '../main-module.ts'
import { attach, isProxy, refOf } from '../proxy/operations.ts'
import type { Reference } from '../proxy/reference.ts'
import type { Body } from '../wire/message.ts'

/** A value as it crosses a channel that is no session, such as a child's IPC. */
export interface Marshalled {
  readonly text: string
  readonly attachments: readonly Uint8Array[]
  /** The referents inside, pinned. */
  readonly references: readonly Reference[]
}

/** The modules that another process imports before it unmarshals: those that register classes and transformers of values. */
export function valueModules(): string[] {
  return [...registeringModules()]
}

/**
 * Imports the `valueModules` of another process, so that values cross. One that
 * fails is warned of: all else goes on, and what it would have registered is named where it arrives.
 * @throws (as a rejection) ManagerError `NOT_GUARDED`
 */
export async function importValueModules(modules: readonly string[]): Promise<void> {
  // One after the other: Node 20 fails where a CommonJS module requires what is being imported at the same time.
  for (const module of modules) await importWarning(module)
}

async function importWarning(module: string): Promise<void> {
  try {
    await importModule(module)
  } catch (error) {
    if (!isManagerError(error, 'MODULE_FAILED')) throw error
    process.emitWarning(`${error.message}; the classes that it registers with registerClass are not known there`)
  }
}

/** Keeps nothing from one value to the next. */
const codec = createCodec()

/**
 * Proxies inside become references.
 * @param root what the paths in errors start with: that of the array of a call's arguments unless it is said
 * @throws ManagerError `UNSERIALIZABLE`, `RELEASED`
 */
export function marshal(value: unknown, root = 'arguments'): Marshalled {
  const references: Reference[] = []
  const { text, attachments } = codec.encode(value, outgoingPort(references), root)
  return { text, attachments, references }
}

/** Like `marshal`, for something thrown; never fails. */
export function marshalThrown(thrown: unknown): Marshalled {
  const { text, attachments } = encodeThrown(codec, thrown, outgoingPort([]))
  return { text, attachments, references: [] }
}

/** References inside become proxies. @throws (as a rejection) what `attach` throws */
export async function unmarshal(parcel: Marshalled): Promise<unknown> {
  const proxies = await Promise.all(
    parcel.references.map(async (reference) => [reference, await attach(reference)] as const),
  )
  return decode(parcel, new Map(proxies))
}

/** Like `unmarshal`; at once where there are no references inside. */
export function unmarshalNow(parcel: Marshalled): unknown {
  return parcel.references.length === 0 ? decode(parcel, new Map()) : unmarshal(parcel)
}

function decode({ text, attachments }: Marshalled, proxies: ReadonlyMap<string, object>): unknown {
  return codec.decode(JSON.parse(`{${text}}`) as Body, attachments, incomingPort(proxies))
}

function outgoingPort(references: Reference[]): ReferencePort {
  return {
    accepts: isProxy,
    export(value) {
      const reference = isProxy(value) ? refOf(value) : undefined
      if (reference === undefined) throw new ManagerError('UNSERIALIZABLE', 'a value that no reference can be made of')
      references.push(reference)
      return { reference }
    },
    import: refuseImport,
  }
}

function incomingPort(proxies: ReadonlyMap<string, object>): ReferencePort {
  return {
    accepts: () => false,
    export: refuseImport,
    import: ({ reference }) => proxies.get(String(reference)) ?? refuseImport(),
  }
}

function refuseImport(): never {
  throw new ManagerError('PROTOCOL', 'a value holds a reference of another kind')
}
