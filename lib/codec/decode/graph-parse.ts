import { isBytesForm, isWhole } from '../bytes.ts'
import { parseLeaves } from '../leaves.ts'
import { maxHexDigits, maxHoles, maxNames, maxReferences } from '../limits.ts'
import { type Graph, isPointer, type Node, type Slot } from '../node.ts'
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
  check(raw.length <= maxReferences, 'more references than a message may hold')
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
  #names = 0

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

  /** The nodes as they came: copies of them would take longer than the checks. */
  nodes(): readonly Node[] {
    for (const node of this.#nodes) this.#checkNode(node)
    check(this.#nextReference === this.#references.length, 'a reference that is not used')
    check(this.#nextAttachment === this.#attachments.length, 'an attachment that is not used')
    return this.#nodes as readonly Node[]
  }

  slot(raw: unknown): Slot {
    check(this.#isSlot(raw), 'a slot')
    return raw
  }

  #checkNode(raw: unknown): void {
    check(Array.isArray(raw), 'a node')
    const node: readonly unknown[] = raw
    switch (node[0]) {
      case 'object':
      case 'bare':
        return this.#checkFields(node[1], node[2])
      case 'array':
      case 'set':
        return this.#checkSlots(node[1])
      case 'sparse':
        return this.#checkSparse(node[1], node[2], node[3])
      case 'map':
        return this.#checkMap(node[1], node[2])
      case 'instance':
        check(isString(node[1]), 'a class name')
        return this.#checkFields(node[2], node[3])
      case 'custom':
        check(isString(node[1]), 'the name of a transformer')
        return check(this.#isSlot(node[2]), 'a slot')
      case 'error':
        return this.#checkError(node)
      case 'bytes':
        return this.#checkBytes(node[1], node[2])
      case 'bigint':
        return check(isHex(node[1]), 'an integer')
      case 'invalid-date':
        return
      case 'leaf':
        return check(isIndex(node[1], this.#leafCount), 'the index of a leaf')
      case 'reference':
        return check(this.#isNextReference(node[1]), 'the index of a reference')
      default:
        throw malformed('a node of an unknown kind')
    }
  }

  #checkMap(keys: unknown, values: unknown): void {
    this.#checkSlots(keys)
    this.#checkSlots(values)
    check(keys.length === values.length, 'a map whose keys and values differ in number')
  }

  #checkSparse(length: unknown, indexes: unknown, slots: unknown): void {
    this.#checkSlots(slots)
    check(isIndex(length, 2 ** 32) && isIncreasing(indexes, length), 'a sparse array')
    check(indexes.length === slots.length, 'a sparse array whose indexes and items differ in number')
    this.#holes += length - slots.length
    check(this.#holes <= maxHoles, 'more holes than a message may hold')
  }

  #checkError([, base, className, hidden, keys, slots]: readonly unknown[]): void {
    this.#checkFields(keys, slots)
    check(className === null || isString(className), 'the class of an error')
    check(isIndex(hidden, keys.length + 1), 'the hidden fields of an error')
    check(isString(base), 'the class of an error')
  }

  #checkBytes(form: unknown, index: unknown): void {
    check(isBytesForm(form), 'a form of bytes')
    const attachment = this.#attachments[this.#nextAttachment]
    check(index === this.#nextAttachment && attachment !== undefined, 'the index of an attachment')
    check(isWhole(form, attachment), `an attachment of ${attachment.length} bytes as ${form}`)
    this.#nextAttachment++
  }

  #isNextReference(index: unknown): boolean {
    return index === this.#nextReference && isIndex(index, this.#references.length) && ++this.#nextReference > 0
  }

  #checkFields(keys: unknown, slots: unknown): asserts keys is readonly string[] {
    this.#checkSlots(slots)
    check(Array.isArray(keys) && keys.length === slots.length, 'an object whose names and values differ in number')
    this.#names += keys.length
    check(this.#names <= maxNames, 'more names of fields than a message may hold')
    for (const [at, key] of keys.entries()) {
      check(isString(key), 'property names')
      check(
        !(key === 'then' || key === 'toJSON') || !this.#isReference(slots[at]),
        'a remote function where one is called by its name: then, toJSON',
      )
    }
  }

  #checkSlots(raw: unknown): asserts raw is readonly Slot[] {
    check(Array.isArray(raw), 'a list of slots')
    for (const slot of raw) check(this.#isSlot(slot), 'a list of slots')
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

function isHex(raw: unknown): boolean {
  return typeof raw === 'string' && raw.length <= maxHexDigits + 1 && /^-?[\da-f]+$/.test(raw)
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

function isString(raw: unknown): raw is string {
  return typeof raw === 'string'
}
