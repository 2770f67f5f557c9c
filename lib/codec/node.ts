import type { Leaves } from './leaves.ts'
import type { ReferenceDescriptor } from './reference-port.ts'

/**
 * What a value becomes when JSON can't keep it as it is: a table in which each object has one place, so that shared
 * identity and cycles hold by construction. Nothing in it is nested, and no key of a user is a property name in it.
 */
export interface Graph {
  readonly root: Slot
  readonly nodes: readonly Node[]
  /** What `leaf` nodes stand for. Absent when there are none. */
  readonly leaves?: Leaves
  /** What `reference` nodes stand for. Absent when there are none. */
  readonly references?: readonly ReferenceDescriptor[]
}

/** A primitive that JSON keeps exactly, or a pointer: the index of a node, in brackets. */
export type Slot = string | number | boolean | null | Pointer
export type Pointer = readonly [node: number]

/** Property names, and what they hold at the same positions. */
export type Fields = readonly [keys: readonly string[], slots: readonly Slot[]]

/** One object, or one primitive that JSON doesn't keep. Told apart by its first element. */
export type Node =
  /** A plain object; `bare` is one without a prototype. */
  | readonly [tag: 'object' | 'bare', ...Fields]
  | readonly [tag: 'array', slots: readonly Slot[]]
  /** An array with holes: its length, and the items at increasing indexes. */
  | readonly [tag: 'sparse', length: number, indexes: readonly number[], slots: readonly Slot[]]
  | readonly [tag: 'map', keys: readonly Slot[], values: readonly Slot[]]
  | readonly [tag: 'set', members: readonly Slot[]]
  /** An object of a class registered with `registerClass`. */
  | readonly [tag: 'instance', className: string, ...Fields]
  /** What a transformer registered with `registerCustom` made of its value. */
  | readonly [tag: 'custom', transformer: string, serialized: Slot]
  /** `base` is a built-in error class, `className` a registered one; the first `hidden` fields aren't enumerable. */
  | readonly [tag: 'error', base: string, className: string | null, hidden: number, ...Fields]
  /** Bytes of an attachment; `bytes` nodes take the attachments in order, each once. */
  | readonly [tag: 'bytes', form: string, attachment: number]
  /** An integer too long for decimal digits to be read in linear time: `-` or nothing, then hexadecimal digits. */
  | readonly [tag: 'bigint', hex: string]
  | readonly [tag: 'invalid-date']
  /** An entry of `leaves`. */
  | readonly [tag: 'leaf', leaf: number]
  /** An entry of `references`; `reference` nodes take them in order, each once. */
  | readonly [tag: 'reference', reference: number]

export function isPointer(slot: Slot): slot is Pointer {
  return typeof slot === 'object' && slot !== null
}

/** What `node` points at or holds. */
export function slotsOf(node: Node): readonly Slot[] {
  switch (node[0]) {
    case 'object':
    case 'bare':
      return node[2]
    case 'array':
    case 'set':
      return node[1]
    case 'sparse':
    case 'instance':
      return node[3]
    case 'map':
      return [...node[1], ...node[2]]
    case 'custom':
      return [node[2]]
    case 'error':
      return node[5]
    case 'bytes':
    case 'bigint':
    case 'invalid-date':
    case 'leaf':
    case 'reference':
      return []
  }
}
