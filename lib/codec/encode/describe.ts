import { customFor } from '../classes.ts'
import { maxDecimalDigits, maxHexDigits } from '../limits.ts'
import type { Node } from '../node.ts'
import { describeBuiltin } from './describe-builtin.ts'
import { describeError } from './describe-error.ts'
import { describeBare, describeInstance } from './describe-fields.ts'
import { type Place, refuse } from './place.ts'
import { reasonAgainst } from './reason.ts'
import type { Walk } from './walk.ts'

/**
 * What stands for `value` in the graph. Its parts are handed to `walk`.
 * @throws ManagerError `UNSERIALIZABLE` when `value` can't cross; what its parts or their readers throw otherwise
 */
export function describe(value: unknown, place: Place, walk: Walk): Node {
  switch (typeof value) {
    case 'object':
    case 'function':
      return value === null ? ['leaf', walk.leaf(value)] : describeObject(value, place, walk)
    case 'bigint':
      return describeInteger(value, place, walk)
    case 'symbol':
      return describeCustom(value, place, walk) ?? refuse(place, "a symbol can't cross; send its description")
    default:
      return ['leaf', walk.leaf(value)]
  }
}

/**
 * The order matters: what the port takes may be a proxy, whose every property is a remote call. Until the port has said
 * no, only the prototype of `value` and its internal slots are looked at.
 */
function describeObject(value: object, place: Place, walk: Walk): Node {
  return (
    describeBuiltin(value, place, walk) ??
    describeReference(value, place, walk) ??
    describeCustom(value, place, walk) ??
    describeError(value, place, walk) ??
    describeInstance(value, place, walk) ??
    describeBare(value, place, walk) ??
    refuse(place, reasonAgainst(value))
  )
}

function describeReference(value: object, place: Place, walk: Walk): Node | undefined {
  return walk.accepts(value) ? ['reference', walk.reference(value, place)] : undefined
}

function describeCustom(value: unknown, place: Place, walk: Walk): Node | undefined {
  const transformer = customFor(value)
  if (transformer === undefined) return undefined
  return ['custom', transformer.name, walk.slotOf(transformer.serialize(value), place, `<${transformer.name}>`)]
}

const longestDecimal = 10n ** BigInt(maxDecimalDigits)

function describeInteger(value: bigint, place: Place, walk: Walk): Node {
  if (-longestDecimal < value && value < longestDecimal) return ['leaf', walk.leaf(value)]
  const hex = value.toString(16)
  if (hex.length > maxHexDigits) refuse(place, `an integer of over ${maxHexDigits} hexadecimal digits can't cross`)
  return ['bigint', hex]
}
