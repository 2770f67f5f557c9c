import { ManagerError } from '../errors.ts'
import { tag } from '../wire/tags.ts'
import { unregistered } from './check.ts'
import { customFor, customNamed } from './classes.ts'
import type { Kind } from './kind.ts'

/** What transformers take, by what they make of it. */
export const customs: Kind = {
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
