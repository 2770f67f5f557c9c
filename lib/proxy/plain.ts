import { isProxy, typeidOf } from './operations.ts'

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** Deeper values can't be read by most of what reads JSON. */
const maxDepth = 200

/** What is in a value at several places counts at each, as JSON repeats it. */
const maxValues = 10_000_000

/** What a conversion is inside of, and how many values it may still have. */
interface Progress {
  readonly outer: readonly object[]
  readonly most: number
  readonly left: { values: number }
}

/**
 * What JSON has of a value: dates are texts of ISO 8601, bigints decimal texts, bytes base64, sets lists, maps lists of pairs,
 * and what JSON can't say is null. A proxy has its typeid only, as its reference is a secret.
 * @param values how many there may be in it
 * @throws Error for a value that contains itself, or is too deep or too large
 */
export function plain(value: unknown, values: number = maxValues): Json {
  return converted(value, { outer: [], most: values, left: { values } })
}

function converted(value: unknown, progress: Progress): Json {
  if (progress.left.values-- === 0) throw new Error(`the result has more than ${progress.most} values`)
  switch (typeof value) {
    case 'boolean':
    case 'string':
      return value
    case 'number':
      return Number.isFinite(value) ? value : null
    case 'bigint':
      return String(value)
    case 'object':
      return value === null ? null : plainObject(value, progress)
    case 'function':
      return isProxy(value) ? proxied(value) : null
    default:
      return null
  }
}

function plainObject(value: object, progress: Progress): Json {
  if (isProxy(value)) return proxied(value)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (value instanceof RegExp || value instanceof URL) return String(value)
  const { outer } = progress
  if (outer.includes(value)) throw new Error('the result contains itself, which JSON has no way to say')
  if (outer.length === maxDepth) throw new Error(`the result is deeper than ${maxDepth} levels`)
  const inner = { ...progress, outer: [...outer, value] }
  if (value instanceof Error) return { ...plainFields(value, inner), name: value.name, message: value.message }
  if (value instanceof Map) return [...value].map((pair) => converted(pair, inner))
  if (Array.isArray(value) || value instanceof Set || ArrayBuffer.isView(value))
    return Array.from(value as Iterable<unknown>, (each) => converted(each, inner))
  return plainFields(value, inner)
}

function plainFields(value: object, progress: Progress): { readonly [name: string]: Json } {
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, converted(field, progress)]))
}

function proxied(proxy: object): Json {
  return { proxy: typeidOf(proxy) }
}
