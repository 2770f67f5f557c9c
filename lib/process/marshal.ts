import { registeringModules } from '../codec/classes.ts'
import { createCodec, type Encoded } from '../codec/codec.ts'
import type { ReferencePort } from '../codec/reference-port.ts'
import { encodeThrown } from '../codec/thrown.ts'
import { isManagerError, ManagerError } from '../errors.ts'
import { importModule } from '../main-module.ts'
import { connectionPool } from '../proxy/connection-pool.ts'
import { attach, isProxy, refOf } from '../proxy/operations.ts'
import { parseReference, type Reference } from '../proxy/reference.ts'
import type { DialingOptions } from '../transport/network-options.ts'
import { Reader } from '../wire/reader.ts'
import { Writer } from '../wire/writer.ts'

/** A value as it crosses a channel that is no session, such as a child's IPC. */
export interface Marshalled {
  readonly body: Uint8Array
  /** The long byte arrays inside. */
  readonly attachments: readonly Uint8Array[]
}

/** What stands for a proxy. The other side is a process of this program, which dials as this one does. */
interface PassedReference {
  readonly reference: Reference
  readonly dialing: DialingOptions
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
const writer = new Writer()
const noBytes = new Uint8Array()
const noProxies: ReadonlyMap<string, object> = new Map()

/**
 * Proxies inside become references, which pin their referents.
 * @param root what the paths in errors start with: that of the array of a call's arguments unless it is said
 * @throws ManagerError `UNSERIALIZABLE`, `RELEASED`
 */
export function marshal(value: unknown, root = 'arguments'): Marshalled {
  return marshalBy(() => codec.encode(value, outgoingPort, root, writer))
}

/** Like `marshal`, for something thrown; never fails. */
export function marshalThrown(thrown: unknown): Marshalled {
  return marshalBy(() => encodeThrown(codec, thrown, outgoingPort, writer))
}

/** References inside become proxies. @throws (as a rejection) what `attach` throws */
export async function unmarshal({ body, attachments }: Marshalled): Promise<unknown> {
  return unmarshalBody(new Reader(body), joined(attachments))
}

/** Writes a value; returns the long byte arrays inside, which are the caller's own. @throws ManagerError `UNSERIALIZABLE`, `RELEASED` */
export function marshalInto(into: Writer, value: unknown, root: string): readonly Uint8Array[] {
  return codec.encode(value, outgoingPort, root, into).attachments
}

/** Reads a value; a promise of it where there are references inside. @param tail its long byte arrays, one after the other */
export function unmarshalBody(body: Reader, tail: Uint8Array = noBytes): unknown {
  const references = codec.references(body.rest()) as unknown as readonly PassedReference[]
  return references.length === 0 ? codec.decode(body, tail, incomingPort(noProxies)) : attachIn(body, tail, references)
}

async function attachIn(body: Reader, tail: Uint8Array, references: readonly PassedReference[]): Promise<unknown> {
  const proxies = await Promise.all(
    references.map(async ({ reference, dialing }) => [reference, await attach(reference, dialing)] as const),
  )
  return codec.decode(body, tail, incomingPort(new Map(proxies)))
}

function marshalBy(encode: () => Encoded): Marshalled {
  const start = writer.position
  try {
    const { attachments } = encode()
    return { body: copied(writer.written(start)), attachments: attachments.map(copied) }
  } finally {
    writer.truncate(start)
  }
}

function copied(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}

/** The byte arrays as one; a single one may become the buffer of the value. */
function joined(attachments: readonly Uint8Array[]): Uint8Array {
  const [first = noBytes] = attachments
  return attachments.length > 1 || first.byteLength !== first.buffer.byteLength
    ? new Uint8Array(Buffer.concat(attachments))
    : first
}

const outgoingPort: ReferencePort = {
  accepts: isProxy,
  export(value) {
    if (!isProxy(value)) throw new ManagerError('UNSERIALIZABLE', 'a value that no reference can be made of')
    const reference = refOf(value)
    return { reference, dialing: connectionPool.dialing(parseReference(reference)) } satisfies PassedReference
  },
  import: refuseImport,
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
