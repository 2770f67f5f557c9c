import { ManagerError } from '../errors.ts'
import { tag } from '../wire/tags.ts'
import { arrays, doubleArrays, integerArrays, sparseArrays } from './arrays.ts'
import { attachments, bytes } from './bytes.ts'
import { maps, sets } from './collections.ts'
import { customFor, customNamed } from './classes.ts'
import { unregistered } from './check.ts'
import type { WriteObject } from './encoder.ts'
import { errors } from './errors.ts'
import type { Kind } from './kind.ts'
import { dates, superjsonLeaves } from './leaves.ts'
import { bareObjects, instances, objects } from './objects.ts'
import { refuse } from './path.ts'
import { reasonAgainst } from './reason.ts'

/** Values that cross by reference, by what the port makes of them. */
const references: Kind = {
  tag: tag.reference,
  write(value, encoder, path) {
    if (!encoder.accepts(value)) return false
    encoder.reference(value, path)
    return true
  },
  open: (decoder) => ({ value: decoder.nextReference() }),
}

/** What transformers take, by what they make of it. */
const customs: Kind = {
  tag: tag.custom,
  write(value, encoder, path) {
    const transformer = customFor(value)
    if (transformer === undefined) return false
    encoder.custom(transformer.name, () => transformer.serialize(value), path)
    return true
  },
  open(decoder) {
    const name = decoder.reader.text()
    const transformer = customNamed(name)
    if (transformer === undefined) throw unregistered(`transformer ${name}`, `registerCustom({ name: '${name}', ... })`)
    return {
      make() {
        const serialized = decoder.value()
        return readCustom(name, () => transformer.deserialize(serialized))
      },
    }
  },
}

function readCustom(name: string, read: () => unknown): unknown {
  try {
    return read()
  } catch (cause) {
    throw new ManagerError('UNSERIALIZABLE', `the transformer ${name} could not read what its other side wrote`, {
      cause,
    })
  }
}

const builtins = [objects, arrays, maps, sets, dates, superjsonLeaves, bytes]

const byPrototype: ReadonlyMap<unknown, Kind> = new Map(
  builtins.flatMap((kind) => (kind.prototypes ?? []).map((prototype) => [prototype, kind] as const)),
)

/**
 * All other kinds. The order matters: what the port takes may be a proxy, whose every property is a remote call. Until the
 * port has said no, only the prototype of a value and its internal slots are looked at.
 */
const others = [references, customs, errors, instances, bareObjects]

const onlyRead = [integerArrays, doubleArrays, sparseArrays, attachments]

/** The kinds by their tags. */
export const kinds: readonly (Kind | undefined)[] = [...builtins, ...others, ...onlyRead].reduce(
  (table: (Kind | undefined)[], kind) => {
    table[kind.tag] ??= kind
    return table
  },
  Array.from({ length: 256 }, () => undefined),
)

export const writeObject: WriteObject = (value, encoder, path) => {
  if (typeof value === 'object' && byPrototype.get(Object.getPrototypeOf(value))?.write(value, encoder, path) === true)
    return
  for (const kind of others) if (kind.write(value, encoder, path)) return
  refuse(path, typeof value === 'symbol' ? "a symbol can't cross; send its description" : reasonAgainst(value))
}
