import { fromBase64, toBase64 } from '../../platform/node.ts'
import { tag } from '../../wire/tags.ts'
import type { Writer } from '../../wire/writer.ts'
import { constructedFields } from '../builtin-errors.ts'
import { formNamed } from '../bytes.ts'
import { check } from '../check.ts'
import type { Encoder, WriteObject } from '../encoder.ts'
import { maxReferences } from '../limits.ts'
import type { Path } from '../path.ts'
import { isList, Node, numericViews, own, type Part } from './node.ts'

/**
 * Writes a node in binary, as it is read by `asNodes`.
 * @throws ManagerError `PROTOCOL` for one that is of nothing
 */
export const writeNode: WriteObject = (value, encoder, path) => {
  const node = value as Node
  const { type, names } = node
  if (type === undefined)
    return names === undefined
      ? writeItems(tag.array, node, encoder, path)
      : writeFields(tag.object, '', node, encoder, path)
  const [form, name] = typeof type === 'string' ? [type, ''] : type
  const write = form === 'custom' ? (ownWriters.get(name) ?? writeCustom) : writers.get(form)
  check(write !== undefined, `the unknown annotation ${form}`)
  write(node, encoder, path, name)
}

/** The number of what was written as a reference. */
export function numberOfReference(node: object): number {
  return (node as Node).content as number
}

type WriteNode = (node: Node, encoder: Encoder, path: Path, name: string) => void

/** By the word that superjson has for them. */
const writers: ReadonlyMap<string, WriteNode> = new Map<string, WriteNode>([
  ['Date', writeDate],
  ['Error', writeError],
  ['URL', writeLeaf],
  ['class', (node, encoder, path, name) => writeFields(tag.object, name, node, encoder, path)],
  ['map', writeMap],
  ['regexp', writeLeaf],
  ['set', (node, encoder, path) => writeItems(tag.set, node, encoder, path)],
  ['typed-array', writeNumbers],
])

const ownWriters: ReadonlyMap<string, WriteNode> = new Map<string, WriteNode>([
  [own.bare, (node, encoder, path) => writeFields(tag.bare, '', node, encoder, path)],
  [own.bytes, writeBytes],
  [own.custom, writeOwnCustom],
  [own.error, writeOwnError],
  [own.invalidDate, writeInvalidDate],
  [own.reference, writeReference],
  [own.sparse, writeSparse],
])

function writeFields(first: number, className: string, node: Node, encoder: Encoder, path: Path): void {
  const [names, parts] = [namesOf(node), partsOf(node)]
  encoder.head.byte(first)
  encoder.shapes.write(names, className, encoder.head)
  for (let at = 0; at < parts.length; at++) encoder.value(parts[at], path, names[at] ?? at)
}

function writeItems(first: number, node: Node, encoder: Encoder, path: Path): void {
  const items = itemsOf(node)
  encoder.head.byte(first)
  encoder.head.varint(items.length)
  for (let at = 0; at < items.length; at++) encoder.value(items[at], path, at)
}

function writeMap(node: Node, encoder: Encoder, path: Path): void {
  const rows = itemsOf(node)
  encoder.head.byte(tag.map)
  encoder.head.varint(rows.length)
  for (const row of rows) {
    check(row instanceof Node && row.type === undefined, 'a wrong map')
    const entry = itemsOf(row)
    check(entry.length === 2, 'a wrong map')
    for (const part of entry) encoder.value(part, path, 0)
  }
}

/** As ISO 8601 has it: engines read other forms each in its own way. */
const time = /^[+-]?\d{4,6}-\d\d-\d\dT[\d:.]{5,20}(?:Z|[+-]\d\d:\d\d)$/

function writeDate({ content }: Node, { head }: Encoder): void {
  const value = typeof content === 'string' && time.test(content) ? Date.parse(content) : Number.NaN
  check(!Number.isNaN(value), 'a wrong date')
  head.byte(tag.date)
  head.double(value)
}

function writeInvalidDate({ content }: Node, { head }: Encoder): void {
  check(content === null, 'a wrong date')
  head.byte(tag.date)
  head.double(Number.NaN)
}

/** The decoder looks at what it is of. */
function writeLeaf({ type, content }: Node, { head }: Encoder): void {
  check(typeof content === 'string', 'a leaf that is no text')
  head.byte(tag.superjson)
  head.text(`{"json":${JSON.stringify(content)},"meta":{"values":["${String(type)}"],"v":1}}`)
}

function writeNumbers(node: Node, { head }: Encoder, _: Path, name: string): void {
  const [View, items] = [numericViews.get(name), itemsOf(node)]
  check(View !== undefined && items.every((item) => typeof item === 'number'), 'a wrong typed array')
  const view = new View(items)
  check(
    view.every((item, at) => Object.is(item, items[at])),
    'a typed array of other numbers than it can have',
  )
  writeRaw(name, new Uint8Array(view.buffer), head)
}

function writeBytes(node: Node, { head }: Encoder): void {
  const base64 = textOf(node, 'base64')
  const bytes = fromBase64(base64)
  check(toBase64(bytes) === base64, 'a wrong base64')
  writeRaw(textOf(node, 'class'), bytes, head)
}

function writeRaw(name: string, bytes: Uint8Array, head: Writer): void {
  const form = formNamed(name)
  check(form >= 0, `bytes of the class ${name}`)
  head.byte(tag.bytes)
  head.byte(form)
  head.varint(bytes.byteLength)
  head.raw(bytes)
}

function writeReference(node: Node, encoder: Encoder, path: Path): void {
  check(typeof node.content === 'number' && encoder.references.length < maxReferences, 'a wrong reference')
  encoder.reference(node, path)
}

function writeSparse(node: Node, encoder: Encoder, path: Path): void {
  const [length, items] = [partOf(node, 'length'), recordOf(node, 'items')]
  check(typeof length === 'number' && Number.isSafeInteger(length) && length >= 0, 'a wrong sparse array')
  const [names, parts] = [namesOf(items), partsOf(items)]
  const { head, body } = encoder
  head.byte(tag.sparse)
  head.varint(length)
  head.varint(parts.length)
  for (const [at, name] of names.entries()) {
    check(/^\d{1,10}$/.test(name), 'a wrong sparse array')
    body.varint(Number(name))
    encoder.value(parts[at], path, at)
  }
}

/** A user's transformer. */
function writeCustom({ content, names }: Node, encoder: Encoder, path: Path, name: string): void {
  const part = isList(content) ? new Node(undefined, content, names) : content
  encoder.custom(name, () => part, path)
}

/** One whose name or result can't be written so. */
function writeOwnCustom(node: Node, encoder: Encoder, path: Path): void {
  const [name, part] = itemsOf(node)
  check(typeof name === 'string' && itemsOf(node).length === 2, 'a wrong custom value')
  encoder.custom(name, () => part, path)
}

function writeOwnError(node: Node, encoder: Encoder, path: Path): void {
  const className = node.slot('class') === undefined ? '' : textOf(node, 'class')
  writeErrorOf(textOf(node, 'base'), className, recordOf(node, 'hidden'), recordOf(node, 'shown'), encoder, path)
}

/** As superjson's own transformer reads it: its class is lost, all but its name. */
function writeError(node: Node, encoder: Encoder, path: Path): void {
  writeErrorOf('Error', '', node, new Node(undefined, [], []), encoder, path)
}

function writeErrorOf(base: string, className: string, hidden: Node, shown: Node, encoder: Encoder, path: Path): void {
  const { head } = encoder
  head.byte(tag.error)
  head.text(base)
  head.text(className)
  if (constructedFields(base).length > 0) for (const field of ['name', 'message']) head.text(textOf(hidden, field))
  head.varint(namesOf(hidden).length)
  const names = [...namesOf(hidden), ...namesOf(shown)]
  encoder.shapes.write(names, '', head)
  for (const [at, part] of [...partsOf(hidden), ...partsOf(shown)].entries()) encoder.value(part, path, names[at] ?? at)
}

function namesOf({ names }: Node): readonly string[] {
  check(names !== undefined, 'a list in the place of fields')
  return names
}

function itemsOf(node: Node): readonly Part[] {
  check(node.names === undefined, 'fields in the place of a list')
  return partsOf(node)
}

function partsOf({ content }: Node): readonly Part[] {
  check(isList(content), 'a value without the parts that it must have')
  return content
}

function partOf(node: Node, name: string): Part {
  const slot = node.slot(name)
  check(node.names !== undefined && slot !== undefined, `a value without its field ${name}`)
  return partsOf(node)[slot]
}

function textOf(node: Node, name: string): string {
  const text = partOf(node, name)
  check(typeof text === 'string', `a value whose field ${name} is no text`)
  return text
}

function recordOf(node: Node, name: string): Node {
  const record = partOf(node, name)
  check(record instanceof Node && record.type === undefined, `a value whose field ${name} is no object`)
  return record
}
