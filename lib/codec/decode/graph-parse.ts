import { isBytesForm, isWhole } from '../bytes.ts'
import { parseLeaves } from '../leaves.ts'
import { maxHexDigits, maxHoles } from '../limits.ts'
import { type Fields, type Graph, isPointer, type Node, type Slot } from '../node.ts'
import type { ReferenceDescriptor } from '../reference-port.ts'
import { check, isIndex, isRecord, malformed } from './malformed.ts'

/**
 * The door for what a peer sent: past it every index leads somewhere and every size is bounded by the bytes that came.
 * @throws ManagerError `PROTOCOL` for anything that isn't a `Graph` over these attachments
 */
export function parseGraph(raw: unknown, attachments: readonly Uint8Array[]): Graph {
  check(isRecord(raw) && Array.isArray(raw['nodes']), 'a graph without nodes')
  const { nodes, root, leaves, references } = raw
  const parsedLeaves = leaves === undefined ? undefined : parseLeaves(leaves)
  const parsedReferences = references === undefined ? [] : descriptors(references)
  const parser = new NodeParser(nodes, parsedLeaves?.json.length ?? 0, parsedReferences, attachments)
  return {
    root: parser.slot(root),
    nodes: parser.nodes(),
    ...(parsedLeaves !== undefined && { leaves: parsedLeaves }),
    references: parsedReferences,
  }
}

/** @throws ManagerError `PROTOCOL` */
export function parseReferences(raw: unknown): readonly ReferenceDescriptor[] {
  check(isRecord(raw), 'a graph that is no object')
  return raw['references'] === undefined ? [] : descriptors(raw['references'])
}

function descriptors(raw: unknown): ReferenceDescriptor[] {
  check(Array.isArray(raw) && raw.every(isRecord), 'references that are not a list of objects')
  return raw
}

class NodeParser {
  readonly #nodes: readonly unknown[]
  readonly #leafCount: number
  readonly #references: readonly ReferenceDescriptor[]
  readonly #attachments: readonly Uint8Array[]
  /** Each reference is counted once, and each attachment copied once. */
  #nextReference = 0
  #nextAttachment = 0
  #holes = 0

  constructor(
    nodes: readonly unknown[],
    leafCount: number,
    references: readonly ReferenceDescriptor[],
    attachments: readonly Uint8Array[],
  ) {
    this.#nodes = nodes
    this.#leafCount = leafCount
    this.#references = references
    this.#attachments = attachments
  }

  nodes(): Node[] {
    const parsed = this.#nodes.map((node) => this.#node(node))
    check(this.#nextReference === this.#references.length, 'a reference that is not used')
    check(this.#nextAttachment === this.#attachments.length, 'an attachment that is not used')
    return parsed
  }

  slot(raw: unknown): Slot {
    check(this.#isSlot(raw), 'a slot')
    return raw
  }

  #node(raw: unknown): Node {
    check(Array.isArray(raw), 'a node')
    const [tag, first, second, third, fourth, fifth] = raw as readonly unknown[]
    switch (tag) {
      case 'object':
      case 'bare':
        return [tag, ...this.#fields(first, second)]
      case 'array':
      case 'set':
        return [tag, this.#slots(first)]
      case 'sparse':
        return this.#sparse(first, second, third)
      case 'map':
        return this.#map(first, second)
      case 'instance':
        return [tag, text(first, 'a class name'), ...this.#fields(second, third)]
      case 'custom':
        return [tag, text(first, 'the name of a transformer'), this.slot(second)]
      case 'error':
        return this.#error(first, second, third, this.#fields(fourth, fifth))
      case 'bytes':
        return this.#bytes(first, second)
      case 'bigint':
        return bigint(first)
      case 'invalid-date':
        return [tag]
      case 'leaf':
        check(isIndex(first, this.#leafCount), 'the index of a leaf')
        return [tag, first]
      case 'reference':
        return this.#reference(first)
      default:
        throw malformed('a node of an unknown kind')
    }
  }

  #map(rawKeys: unknown, rawValues: unknown): Node {
    const keys = this.#slots(rawKeys)
    const values = this.#slots(rawValues)
    check(keys.length === values.length, 'a map whose keys and values differ in number')
    return ['map', keys, values]
  }

  #sparse(length: unknown, indexes: unknown, rawSlots: unknown): Node {
    const slots = this.#slots(rawSlots)
    check(isIndex(length, 2 ** 32) && isIncreasing(indexes, length), 'a sparse array')
    check(indexes.length === slots.length, 'a sparse array whose indexes and items differ in number')
    this.#holes += length - slots.length
    check(this.#holes <= maxHoles, 'more holes than a message may hold')
    return ['sparse', length, indexes, slots]
  }

  #error(base: unknown, className: unknown, hidden: unknown, fields: Fields): Node {
    check(className === null || typeof className === 'string', 'the class of an error')
    check(isIndex(hidden, fields[0].length + 1), 'the hidden fields of an error')
    return ['error', text(base, 'the class of an error'), className, hidden, ...fields]
  }

  #bytes(form: unknown, index: unknown): Node {
    check(isBytesForm(form), 'a form of bytes')
    const attachment = this.#attachments[this.#nextAttachment]
    check(index === this.#nextAttachment && attachment !== undefined, 'the index of an attachment')
    check(isWhole(form, attachment), `an attachment of ${attachment.length} bytes as ${form}`)
    return ['bytes', form, this.#nextAttachment++]
  }

  #reference(index: unknown): Node {
    check(index === this.#nextReference && isIndex(index, this.#references.length), 'the index of a reference')
    return ['reference', this.#nextReference++]
  }

  #fields(keys: unknown, rawSlots: unknown): Fields {
    const slots = this.#slots(rawSlots)
    check(Array.isArray(keys) && keys.every(isString), 'property names')
    check(keys.length === slots.length, 'an object whose names and values differ in number')
    check(
      !keys.some((key, at) => (key === 'then' || key === 'toJSON') && this.#isReference(slots[at])),
      'a remote function where one is called by its name: then, toJSON',
    )
    return [keys, slots]
  }

  #slots(raw: unknown): readonly Slot[] {
    check(Array.isArray(raw) && raw.every((slot) => this.#isSlot(slot)), 'a list of slots')
    return raw
  }

  #isReference(slot: Slot | undefined): boolean {
    const node = slot !== undefined && isPointer(slot) ? this.#nodes[slot[0]] : undefined
    return Array.isArray(node) && node[0] === 'reference'
  }

  #isSlot(raw: unknown): raw is Slot {
    if (Array.isArray(raw)) return raw.length === 1 && isIndex(raw[0], this.#nodes.length)
    return raw === null || typeof raw === 'string' || typeof raw === 'boolean' || Number.isFinite(raw)
  }
}

function bigint(hex: unknown): Node {
  check(typeof hex === 'string' && hex.length <= maxHexDigits + 1 && /^-?[\da-f]+$/.test(hex), 'an integer')
  return ['bigint', hex]
}

function isIncreasing(raw: unknown, length: number): raw is readonly number[] {
  if (!Array.isArray(raw)) return false
  let last = -1
  for (const index of raw) {
    if (!isIndex(index, length) || index <= last) return false
    last = index
  }
  return true
}

function text(raw: unknown, what: string): string {
  check(isString(raw), what)
  return raw
}

function isString(raw: unknown): raw is string {
  return typeof raw === 'string'
}
