import { registeringModules } from '../codec/classes.ts'
import { createCodec, type Encoded } from '../codec/codec.ts'
import type { ReferencePort } from '../codec/reference-port.ts'
import { encodeThrown } from '../codec/thrown.ts'
import { isManagerError, ManagerError } from '../errors.ts'
import { importModule } from '../main-module.ts'
import { attach, isProxy, refOf } from '../proxy/operations.ts'
import type { Reference } from '../proxy/reference.ts'
import { Reader } from '../wire/reader.ts'
import { isPrimitive, Writer } from '../wire/writer.ts'

/** A value as it crosses a channel that is no session, such as a child's IPC. */
export interface Marshalled {
  readonly body: Uint8Array
  /** The long byte arrays inside. */
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
const writer = new Writer()
const noBytes = new Uint8Array()
const bodyAlone: Omit<Marshalled, 'body'> = { attachments: [], references: [] }
const noProxies: ReadonlyMap<string, object> = new Map()

/**
 * Proxies inside become references.
 * @param root what the paths in errors start with: that of the array of a call's arguments unless it is said
 * @throws ManagerError `UNSERIALIZABLE`, `RELEASED`
 */
export function marshal(value: unknown, root = 'arguments'): Marshalled {
  return marshalBy((port) => codec.encode(value, port, root, writer))
}

/** Like `marshal`, for something thrown; never fails. */
export function marshalThrown(thrown: unknown): Marshalled {
  return marshalBy((port) => encodeThrown(codec, thrown, port, writer))
}

/** References inside become proxies. @throws (as a rejection) what `attach` throws */
export async function unmarshal(marshalled: Marshalled): Promise<unknown> {
  const proxies = await Promise.all(
    marshalled.references.map(async (reference) => [reference, await attach(reference)] as const),
  )
  return decode(marshalled, new Map(proxies))
}

/** Like `unmarshal`; at once where there are no references inside. */
export function unmarshalNow(marshalled: Marshalled): unknown {
  return marshalled.references.length === 0 ? decode(marshalled, noProxies) : unmarshal(marshalled)
}

/** Writes a value; returns what belongs to it beside its body. @throws ManagerError `UNSERIALIZABLE`, `RELEASED` */
export function marshalInto(into: Writer, value: unknown, root: string): Omit<Marshalled, 'body'> {
  if (isPrimitive(value)) {
    into.primitive(value)
    return bodyAlone
  }
  const references: Reference[] = []
  const { attachments } = codec.encode(value, outgoingPort(references), root, into)
  return { attachments, references }
}

/** Reads a value that has nothing beside its body. */
export function unmarshalBody(body: Reader): unknown {
  return codec.decode(body, noBytes, incomingPort(noProxies))
}

function marshalBy(encode: (port: ReferencePort) => Encoded): Marshalled {
  const start = writer.position
  const references: Reference[] = []
  try {
    const { attachments } = encode(outgoingPort(references))
    return { body: new Uint8Array(writer.written(start)), attachments, references }
  } finally {
    writer.truncate(start)
  }
}

function decode({ body, attachments }: Marshalled, proxies: ReadonlyMap<string, object>): unknown {
  return codec.decode(new Reader(body), joined(attachments), incomingPort(proxies))
}

/** The byte arrays as one; a single one may become the buffer of the value. */
function joined(attachments: readonly Uint8Array[]): Uint8Array {
  const [first = noBytes] = attachments
  return attachments.length > 1 || first.byteLength !== first.buffer.byteLength
    ? new Uint8Array(Buffer.concat(attachments))
    : first
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
