import { types } from 'node:util'
import { crossingOf } from './copied.ts'

const perValue = 16
const perObject = 64
const longBigInt = 2n ** 4096n
const longestBigIntBytes = 8 * 1024 * 1024

/** About how many bytes of memory a value takes, each part of it once; `most` or more where it is more than that. */
export function weightOf(value: unknown, most: number): number {
  const [rest, seen] = [[value], new Set<object>()]
  let bytes = 0
  while (rest.length > 0 && bytes < most) {
    const part = rest.pop()
    bytes += perValue
    if (typeof part === 'string') bytes += part.length * 2
    else if (typeof part === 'bigint') bytes += part > longBigInt || part < -longBigInt ? longestBigIntBytes : 0
    else if (typeof part === 'object' && part !== null && !seen.has(part)) {
      seen.add(part)
      const parts = partsOf(part)
      bytes += perObject + (typeof parts === 'number' ? parts : parts.length * perValue)
      // They are only looked at where there is room for them.
      if (typeof parts !== 'number' && bytes < most) for (const each of parts) rest.push(each)
    }
  }
  return bytes
}

/** What is in an object; a number of bytes for one that has no other values in it. */
function partsOf(value: object): readonly unknown[] | number {
  if (types.isAnyArrayBuffer(value) || ArrayBuffer.isView(value)) return value.byteLength
  if (crossingOf(value) !== 'parts') return 0
  if (Array.isArray(value)) return value as readonly unknown[]
  if (value instanceof Map) return [...(value as Map<unknown, unknown>)]
  if (value instanceof Set) return [...(value as Set<unknown>)]
  return Object.values(value as Record<string, unknown>)
}
