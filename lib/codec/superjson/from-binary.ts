import { toBase64 } from '../../platform/node.ts'
import type { Reader } from '../../wire/reader.ts'
import { tag } from '../../wire/tags.ts'
import { constructedFields } from '../builtin-errors.ts'
import { nameOfForm } from '../bytes.ts'
import type { Decoder, Opened, Readable } from '../decoder.ts'
import { type Annotation, custom, isPlainNumber, Node, numericViews, own, ownNames, type Part } from './node.ts'

type Open = (decoder: Decoder) => Opened

/** How a body is read as what superjson writes of it, by the tags of its objects. References are numbers there. */
export const asNodes: readonly (Readable | undefined)[] = tableOf([
  [tag.object, (decoder) => openFields(undefined, decoder)],
  [tag.bare, (decoder) => openFields(custom(own.bare), decoder)],
  [tag.array, (decoder) => openList(undefined, decoder.reader.count(), () => partOf(decoder))],
  [tag.integers, ({ reader }) => openList(undefined, reader.count(4), () => reader.integer())],
  [tag.doubles, ({ reader }) => openList(undefined, reader.count(8), () => reader.double())],
  [tag.sparse, openSparse],
  [tag.map, (decoder) => openList('map', decoder.reader.count(2), () => new Node(undefined, partsOf(decoder, 2)))],
  [tag.set, (decoder) => openList('set', decoder.reader.count(), () => partOf(decoder))],
  [tag.date, ({ reader }) => ({ value: dateOf(reader.double()) })],
  [tag.custom, openCustom],
  [tag.error, openError],
  [tag.bytes, ({ reader }) => ({ value: bytesOf(reader.byte(), reader.raw(reader.varint())) })],
  [tag.attachment, (decoder) => ({ value: attachmentOf(decoder) })],
  [tag.superjson, ({ reader }) => ({ value: leafOf(reader) })],
  [tag.reference, (decoder) => ({ value: new Node(custom(own.reference), decoder.nextReference() as number) })],
])

function tableOf(opens: readonly (readonly [number, Open])[]): (Readable | undefined)[] {
  const table: (Readable | undefined)[] = Array.from({ length: 256 }, () => undefined)
  for (const [first, open] of opens) table[first] = { open }
  return table
}

function partOf(decoder: Decoder): Part {
  return decoder.value() as Part
}

function partsOf(decoder: Decoder, count: number): Part[] {
  return Array.from({ length: count }, () => partOf(decoder))
}

function openFields(annotation: Annotation | undefined, decoder: Decoder): Opened {
  const { names, className } = decoder.shape()
  const node = new Node(className === '' ? annotation : ['class', className], [], [...names])
  return { value: node, fill: () => void (node.content = partsOf(decoder, names.length)) }
}

function openList(annotation: Annotation | undefined, length: number, next: () => Part): Opened {
  const node = new Node(annotation, [])
  return { value: node, fill: () => void (node.content = Array.from({ length }, next)) }
}

function openSparse(decoder: Decoder): Opened {
  const { reader } = decoder
  const [length, count] = [reader.varint(), reader.count(2)]
  const [names, parts]: [string[], Part[]] = [[], []]
  const fill = (): void => {
    for (let left = count; left > 0; left--) {
      names.push(String(reader.varint()))
      parts.push(partOf(decoder))
    }
  }
  return { value: shell(own.sparse, { length, items: new Node(undefined, parts, names) }), fill }
}

function dateOf(time: number): Node {
  return Number.isNaN(time) ? new Node(custom(own.invalidDate), null) : new Node('Date', new Date(time).toISOString())
}

/**
 * What a transformer makes is written as its own, as superjson has it, where that needs no annotation, of which there can be
 * only one.
 */
function openCustom(decoder: Decoder): Opened {
  const name = decoder.reader.text()
  const node = new Node(custom(name), null)
  const fill = (): void => {
    const part = partOf(decoder)
    if (!ownNames.has(name) && isBare(part)) node.content = part
    else {
      node.type = custom(own.custom)
      node.content = [name, part]
    }
  }
  return { value: node, fill }
}

function isBare(part: Part): part is Exclude<Part, undefined | bigint> {
  if (part instanceof Node) return part.type === undefined
  return typeof part === 'number' ? isPlainNumber(part) : part !== undefined && typeof part !== 'bigint'
}

function openError(decoder: Decoder): Opened {
  const { reader } = decoder
  const [base, className] = [reader.text(), reader.text()]
  // These are among the fields too.
  for (let left = constructedFields(base).length > 0 ? 2 : 0; left > 0; left--) reader.text()
  const count = reader.varint()
  const { names } = decoder.shape()
  const hidden = new Node(undefined, [], names.slice(0, count))
  const shown = new Node(undefined, [], names.slice(count))
  const fill = (): void => {
    hidden.content = partsOf(decoder, count)
    shown.content = partsOf(decoder, names.length - count)
  }
  return { value: shell(own.error, { base, ...(className === '' ? {} : { class: className }), hidden, shown }), fill }
}

function attachmentOf(decoder: Decoder): Node {
  const form = decoder.reader.byte()
  return bytesOf(form, decoder.nextAttachment(decoder.reader.varint()))
}

function bytesOf(form: number, bytes: Uint8Array): Node {
  const name = nameOfForm(form)
  const View = numericViews.get(name)
  const view = View && new View(new Uint8Array(bytes).buffer)
  if (view?.every(isPlainNumber) === true) return new Node(['typed-array', name], view)
  const base64 = toBase64(bytes)
  return shell(own.bytes, { class: name, base64 })
}

interface Leaf {
  readonly json: string
  readonly meta: { readonly values: readonly [type: string] }
}

function leafOf(reader: Reader): Node {
  const { json, meta } = JSON.parse(reader.text()) as Leaf
  return new Node(meta.values[0], json)
}

function shell(name: string, parts: Readonly<Record<string, Part>>): Node {
  return new Node(custom(name), Object.values(parts), Object.keys(parts))
}
