import { isProxy, typeidOf } from '../proxy/operations.ts'
import { UsageError } from './exit-codes.ts'

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** Deeper values can't be read by most of what reads JSON. */
const maxDepth = 200

/**
 * What JSON has of a value: dates are texts of ISO 8601, bigints decimal texts, bytes base64, sets lists, maps lists of pairs,
 * and what JSON can't say is null. A proxy has its typeid only, as its reference is a secret.
 * @throws Error for a value that contains itself
 */
export function plain(value: unknown, outer: readonly object[] = []): Json {
  switch (typeof value) {
    case 'boolean':
    case 'string':
      return value
    case 'number':
      return Number.isFinite(value) ? value : null
    case 'bigint':
      return String(value)
    case 'object':
      return value === null ? null : plainObject(value, outer)
    case 'function':
      return isProxy(value) ? proxied(value) : null
    default:
      return null
  }
}

function plainObject(value: object, outer: readonly object[]): Json {
  if (isProxy(value)) return proxied(value)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (value instanceof RegExp || value instanceof URL) return String(value)
  if (outer.includes(value)) throw new Error('the result contains itself, which JSON has no way to say')
  if (outer.length === maxDepth) throw new Error(`the result is deeper than ${maxDepth} levels`)
  const inner = [...outer, value]
  if (value instanceof Error) return { ...plainFields(value, inner), name: value.name, message: value.message }
  if (value instanceof Map) return [...value].map((pair) => plain(pair, inner))
  if (Array.isArray(value) || value instanceof Set || ArrayBuffer.isView(value))
    return Array.from(value as Iterable<unknown>, (each) => plain(each, inner))
  return plainFields(value, inner)
}

function plainFields(value: object, outer: readonly object[]): { readonly [name: string]: Json } {
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field, outer)]))
}

function proxied(proxy: object): Json {
  return { proxy: typeidOf(proxy) }
}

/** The arguments of a call. @throws UsageError for what isn't JSON, naming it */
export function argumentsOf(texts: readonly string[]): unknown[] {
  return texts.map((text, index) => {
    try {
      return JSON.parse(text) as unknown
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new UsageError(`argument ${index + 1} is not JSON: ${reason}; a text has quotation marks: '"text"'`, {
        cause,
      })
    }
  })
}
