import { harmless, Spread } from '../spread.ts'
import { tag } from '../wire/tags.ts'
import { check } from './check.ts'
import type { Decoder } from './decoder.ts'
import { hasSlots, type Kind } from './kind.ts'
import { refuseExtras } from './path.ts'

export const maps: Kind = {
  tag: tag.map,
  prototypes: [Map.prototype],
  write(value, encoder, path) {
    if (!(value instanceof Map) || !hasSlots(() => Map.prototype.has.call(value, ''))) return false
    refuseExtras(value, path)
    const map: ReadonlyMap<unknown, unknown> = value
    encoder.head.byte(tag.map)
    encoder.head.varint(map.size)
    let position = 0
    for (const [key, item] of map) {
      encoder.entry(key, path, 'key', position, undefined)
      encoder.entry(item, path, 'value', position++, key)
    }
    return true
  },
  open(decoder) {
    const [value, size]: [Map<unknown, unknown>, number] = [new Map(), decoder.reader.count(2)]
    return { value, fill: () => readEntries(value, size, decoder) }
  },
  read(decoder) {
    const [value, size]: [Map<unknown, unknown>, number] = [new Map(), decoder.reader.count(2)]
    readEntries(value, size, decoder)
    return value
  },
}

export const sets: Kind = {
  tag: tag.set,
  prototypes: [Set.prototype],
  write(value, encoder, path) {
    if (!(value instanceof Set) || !hasSlots(() => Set.prototype.has.call(value, ''))) return false
    refuseExtras(value, path)
    const set: ReadonlySet<unknown> = value
    encoder.head.byte(tag.set)
    encoder.head.varint(set.size)
    let position = 0
    for (const member of set) encoder.entry(member, path, 'value', position++, undefined)
    return true
  },
  open(decoder) {
    const [value, size]: [Set<unknown>, number] = [new Set(), decoder.reader.count()]
    return { value, fill: () => readMembers(value, size, decoder) }
  },
  read(decoder) {
    const [value, size]: [Set<unknown>, number] = [new Set(), decoder.reader.count()]
    readMembers(value, size, decoder)
    return value
  },
}

function readEntries(map: Map<unknown, unknown>, size: number, decoder: Decoder): void {
  const spread = spreadOf(size)
  for (let left = size; left > 0; left--) {
    const key = decoder.value()
    checkSpread(spread, key, map)
    map.set(key, decoder.value())
  }
}

function readMembers(set: Set<unknown>, size: number, decoder: Decoder): void {
  const spread = spreadOf(size)
  for (let left = size; left > 0; left--) {
    const member = decoder.value()
    checkSpread(spread, member, set)
    set.add(member)
  }
}

function spreadOf(size: number): Spread | undefined {
  return size > harmless ? new Spread() : undefined
}

function checkSpread(spread: Spread | undefined, key: unknown, keys: { has(key: unknown): boolean }): void {
  if (spread !== undefined) check(spread.admits(key, keys), 'a map or set of numbers of which too many have one hash')
}
