import { ManagerError } from '../../errors.ts'
import { makeBytes } from '../bytes.ts'
import { classNamed, customNamed } from '../classes.ts'
import type { Node, Slot } from '../node.ts'
import { objectOf } from '../prototype.ts'
import { harmless, Spread } from '../../spread.ts'
import { forEachPair, setFields, type ValueOf } from './fields.ts'
import { check, malformed } from './malformed.ts'
import { errorShell, fillError } from './shell-error.ts'

/** What nodes refer to by index. */
export interface ShellSource {
  readonly leaves: readonly unknown[]
  readonly attachments: readonly Uint8Array[]
  /** As they were imported. */
  readonly references: readonly unknown[]
}

/**
 * The value of a node, which can be pointed at and has no parts yet; undefined for a custom value.
 * @throws ManagerError `UNSERIALIZABLE` for a name that isn't registered here
 */
export function shellOf(node: Node, source: ShellSource): unknown {
  switch (node[0]) {
    case 'object':
      return {}
    case 'bare':
      return objectOf(null)
    case 'array':
    case 'sparse':
      return []
    case 'map':
      return new Map()
    case 'set':
      return new Set()
    case 'instance':
      return instanceShell(node[1], node[2])
    case 'custom':
      return undefined
    case 'error':
      return errorShell(node)
    case 'bytes':
      return makeBytes(node[1], at(source.attachments, node[2]))
    case 'bigint':
      return integerOf(node[1])
    case 'invalid-date':
      return new Date(Number.NaN)
    case 'leaf':
      return source.leaves[node[1]]
    case 'reference':
      return source.references[node[1]]
  }
}

/**
 * Puts the parts of a node into its value, which `shellOf` made.
 * @returns the value; a custom one is made now, of parts that are complete
 */
export function filled(node: Node, value: unknown, valueOf: ValueOf): unknown {
  switch (node[0]) {
    case 'object':
    case 'bare':
      setFields(value as object, node[1], node[2], valueOf)
      break
    case 'instance':
      setFields(value as object, node[2], node[3], valueOf)
      break
    case 'array':
      fillArray(value as unknown[], node[1], valueOf)
      break
    case 'sparse':
      fillSparse(value as unknown[], node, valueOf)
      break
    case 'map':
      fillMap(value as Map<unknown, unknown>, node, valueOf)
      break
    case 'set':
      fillSet(value as Set<unknown>, node[1], valueOf)
      break
    case 'custom':
      return customOf(node[1], node[2], valueOf)
    case 'error':
      fillError(value as object, node, valueOf)
      break
    case 'bytes':
    case 'bigint':
    case 'invalid-date':
    case 'leaf':
    case 'reference':
  }
  return value
}

function fillArray(array: unknown[], slots: readonly Slot[], valueOf: ValueOf): void {
  for (const slot of slots) array.push(valueOf(slot))
}

type NodeOf<Tag extends Node[0]> = Extract<Node, readonly [tag: Tag, ...unknown[]]>

function fillSparse(array: unknown[], [, length, indexes, slots]: NodeOf<'sparse'>, valueOf: ValueOf): void {
  forEachPair(indexes, slots, (index, slot) => (array[index] = valueOf(slot)))
  array.length = length
}

function fillSet(set: Set<unknown>, members: readonly Slot[], valueOf: ValueOf): void {
  const spread = spreadFor(members)
  for (const member of members) {
    const value = valueOf(member)
    checkSpread(spread, value, set)
    set.add(value)
  }
}

function fillMap(map: Map<unknown, unknown>, [, keys, values]: NodeOf<'map'>, valueOf: ValueOf): void {
  const spread = spreadFor(keys)
  forEachPair(keys, values, (slot, value) => {
    const key = valueOf(slot)
    checkSpread(spread, key, map)
    map.set(key, valueOf(value))
  })
}

function spreadFor(keys: readonly Slot[]): Spread | undefined {
  return keys.length > harmless ? new Spread() : undefined
}

function checkSpread(spread: Spread | undefined, key: unknown, keys: { has(key: unknown): boolean }): void {
  if (spread !== undefined) check(spread.admits(key, keys), 'a map or set of numbers of which too many have one hash')
}

/** No constructor runs: it was run where the object was made, and could do anything here. */
function instanceShell(name: string, keys: readonly string[]): object {
  const copied = classNamed(name)
  if (copied === undefined) throw unregistered(`class ${name}`, `registerClass(${name})`)
  check(!(copied.Class.prototype instanceof Error), `an error of the class ${name} that isn't sent as one`)
  const extra = copied.allowProps && keys.find((key) => !copied.allowProps?.includes(key))
  check(extra === undefined, `a ${name} with a field that isn't one of its allowProps`)
  const prototype = copied.Class.prototype as object
  const hiding = keys.find((key) => key in prototype)
  check(hiding === undefined, `a ${name} whose field ${hiding} hides a member of its class`)
  return objectOf(prototype)
}

function customOf(name: string, serialized: Slot, valueOf: ValueOf): unknown {
  const transformer = customNamed(name)
  if (transformer === undefined) throw unregistered(`transformer ${name}`, `registerCustom({ name: '${name}', ... })`)
  return readCustom(name, () => transformer.deserialize(valueOf(serialized)))
}

function readCustom(name: string, read: () => unknown): unknown {
  try {
    return read()
  } catch (cause) {
    throw new ManagerError('UNSERIALIZABLE', `The transformer ${name} could not read what its other side wrote`, {
      cause,
    })
  }
}

const here = typeof process === 'object' ? `process ${process.pid}` : 'a page'

function unregistered(what: string, fix: string): ManagerError {
  return new ManagerError(
    'UNSERIALIZABLE',
    `A value of the ${what} arrived in ${here}, which doesn't know that: call ${fix} there too, at the top level of a module that is imported there`,
  )
}

function integerOf(hex: string): bigint {
  return hex.startsWith('-') ? -BigInt(`0x${hex.slice(1)}`) : BigInt(`0x${hex}`)
}

/** Indexes of nodes were checked at the door. */
function at<T>(list: readonly T[], index: number): T {
  const found = list[index]
  if (found === undefined) throw malformed('an index that leads nowhere')
  return found
}
