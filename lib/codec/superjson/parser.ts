import { isRecord, malformed, maxIntegerBytes, type Reader } from '../../wire/reader.ts'
import { check } from '../check.ts'
import { maxDepth } from '../limits.ts'
import { type Annotation, isCustom, isList, maxDecimalDigits, Node, own, type Part, reservedNames } from './node.ts'

/**
 * Reads superjson's text, all that a reader has left, as nodes; what they mean is not looked at. Takes no more time and memory
 * than the text is long.
 * @throws ManagerError `PROTOCOL`
 */
export function parseSuperjson(reader: Reader, maxParts: number): Part {
  const excess = excessOf(reader, maxParts)
  check(excess === undefined, `JSON that has ${excess}`)
  const body = parsed(reader.raw(reader.end - reader.position))
  check(hasOnly(body, ['json', 'meta']) && Object.hasOwn(body, 'json'), "JSON that isn't superjson's")
  const { json, meta } = body
  if (meta === undefined) return partOf(json, undefined, 0)
  check(isRecord(meta) && hasOnly(meta, ['values', 'referentialEqualities', 'v']), "a meta that isn't superjson's")
  check(meta['v'] === 1, 'superjson of another version')
  const notes: Notes = {}
  if (meta['values'] !== undefined) addNotes(notes, meta['values'], 0)
  const whole = partOf(json, notes, 0)
  if (meta['referentialEqualities'] !== undefined) makeEqual(whole, meta['referentialEqualities'])
  return whole
}

/** Annotations by the keys of what they are of. */
interface Notes {
  type?: Annotation
  parts?: Map<string, Notes>
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function parsed(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const body: unknown = JSON.parse(utf8.decode(bytes))
    if (isRecord(body)) return body
  } catch (cause) {
    throw malformed('a body that is no JSON', cause)
  }
  throw malformed('JSON that is no object')
}

function hasOnly(record: object, names: readonly string[]): boolean {
  return Object.keys(record).every((name) => names.includes(name))
}

function addNotes(notes: Notes, raw: unknown, depth: number): void {
  if (!isArray(raw)) return addNotesOfParts(notes, raw, depth)
  check(raw.length > 0 && raw.length <= 2 && notes.type === undefined, 'a wrong annotation')
  notes.type = annotationOf(raw[0])
  if (raw.length === 2) addNotesOfParts(notes, raw[1], depth)
}

function addNotesOfParts(notes: Notes, raw: unknown, depth: number): void {
  check(isRecord(raw), 'a wrong annotation')
  for (const [path, each] of Object.entries(raw)) {
    const keys = keysOf(path)
    check(depth + keys.length <= maxDepth, 'an annotation that leads too deep')
    let at = notes
    for (const key of keys) {
      at.parts ??= new Map()
      const part: Notes = at.parts.get(key) ?? {}
      at.parts.set(key, part)
      at = part
    }
    addNotes(at, each, depth + keys.length)
  }
}

function annotationOf(raw: unknown): Annotation {
  if (typeof raw === 'string') return raw
  const [form, name] = isArray(raw) && raw.length === 2 ? raw : []
  check(typeof form === 'string' && typeof name === 'string', 'a wrong annotation')
  return [form, name]
}

/** The keys of a path such as `a.b\.c.0`, where a backslash takes a point or another one for what it is. */
function keysOf(path: string): string[] {
  if (!path.includes('\\')) return path.split('.')
  const keys: string[] = []
  let key = ''
  for (let at = 0; at < path.length; at++) {
    let character = path[at] ?? ''
    if (character === '.') {
      keys.push(key)
      key = ''
      continue
    }
    if (character === '\\') {
      character = path[++at] ?? ''
      check(character === '.' || character === '\\', 'a wrong path')
    }
    key += character
  }
  keys.push(key)
  return keys
}

function partOf(json: unknown, notes: Notes | undefined, depth: number): Part {
  if (typeof json !== 'object' || json === null) return scalarOf(json as string | number | boolean | null, notes)
  check(depth < maxDepth, 'objects in each other deeper than a receiver takes')
  const [type, parts] = [notes?.type, notes?.parts]
  const node = new Node(type, [], isArray(json) ? undefined : Object.keys(json))
  check(node.names?.some((key) => reservedNames.has(key)) !== true, 'a field of a name that superjson has not')
  const items = isArray(json) ? json : Object.values(json)
  const keyOf = (at: number): string => node.names?.[at] ?? String(at)
  node.content = items.map((item, at) => partOf(item, parts?.get(keyOf(at)), depth + 1))
  for (const key of parts?.keys() ?? []) check(node.slot(key) !== undefined, 'an annotation that leads nowhere')
  return node
}

function scalarOf(json: string | number | boolean | null, notes: Notes | undefined): Part {
  if (notes === undefined) return json
  const { type, parts } = notes
  check(parts === undefined, 'an annotation that leads nowhere')
  if (isCustom(type, own.bigint)) return bigintOf(json, hexadecimal)
  switch (type) {
    case undefined:
      return json
    case 'undefined':
      check(json === null, 'a wrong undefined')
      return undefined
    case 'number':
      return numberOf(json)
    case 'bigint':
      return bigintOf(json, decimal)
    default:
      return new Node(type, json)
  }
}

const odd: ReadonlyMap<unknown, number> = new Map([NaN, Infinity, -Infinity].map((each) => [String(each), each]))

function numberOf(json: unknown): number {
  const value = json === '-0' ? -0 : odd.get(json)
  check(value !== undefined, 'a wrong number')
  return value
}

const decimal = new RegExp(`^-?()\\d{1,${maxDecimalDigits}}$`)
const hexadecimal = /^-?(0x)[\da-f]+$/

function bigintOf(json: unknown, form: RegExp): bigint {
  check(typeof json === 'string' && json.length <= 2 * maxIntegerBytes && form.test(json), 'a wrong integer')
  const isNegative = json.startsWith('-')
  const magnitude = BigInt(isNegative ? json.slice(1) : json)
  return isNegative ? -magnitude : magnitude
}

/** Puts the objects that are met again where they are: these hold anything there, as those do that don't leave them out. */
function makeEqual(whole: Part, raw: unknown): void {
  const [toWhole, others] = isArray(raw) ? raw : [[], raw]
  putAll(whole, toWhole, whole)
  if (others === undefined) return
  check(isRecord(others), 'wrong equalities')
  for (const [path, paths] of Object.entries(others)) putAll(whole, paths, found(whole, keysOf(path)))
}

function putAll(whole: Part, paths: unknown, value: Part): void {
  check(isArray(paths), 'wrong equalities')
  for (const path of paths) {
    check(typeof path === 'string', 'wrong equalities')
    const keys = keysOf(path)
    const last = keys.pop() ?? ''
    const [parts, slot] = partsAt(found(whole, keys), last)
    parts[slot] = value
  }
}

function found(whole: Part, keys: readonly string[]): Part {
  let at = whole
  for (const key of keys) {
    const [parts, slot] = partsAt(at, key)
    at = parts[slot]
  }
  return at
}

/** What a transformer makes has other parts than what it writes. */
function partsAt(value: Part, key: string): [parts: Part[], slot: number] {
  const slot = value instanceof Node && !isCustom(value.type) ? value.slot(key) : undefined
  check(value instanceof Node && slot !== undefined && isList(value.content), 'an equality that leads nowhere')
  return [value.content, slot]
}

function isArray(json: unknown): json is readonly unknown[] {
  return Array.isArray(json)
}

/** Brackets of the value and of its annotations, which take two for a level. */
const maxBrackets = 2 * maxDepth + 8

/** What a byte of JSON means here, by its value: most mean nothing. */
const meanings = new Uint8Array(256)
const [quote, open, close, name] = [1, 2, 3, 4]
meanings[0x22] = quote
for (const bracket of '[{') meanings[bracket.charCodeAt(0)] = open
for (const bracket of ']}') meanings[bracket.charCodeAt(0)] = close
meanings[':'.charCodeAt(0)] = name
const escape = 0x5c

/**
 * Looks through JSON before it is parsed, in an eighth of the time.
 * @returns what is more than a receiver takes, if anything; of what is no JSON, anything
 */
export function excessOf({ bytes, position, end }: Reader, maxParts: number): string | undefined {
  let depth = 0
  let parts = 0
  for (let at = position; at < end; at++) {
    const meaning = meanings[bytes[at] ?? 0]
    if (meaning === 0) continue
    if (meaning === quote) at = endOfText(bytes, at + 1, end)
    else if (meaning === close) depth--
    else if (++parts > maxParts) return `more than ${maxParts} lists, objects and names`
    else if (meaning === open && ++depth > maxBrackets) return `lists or objects more than ${maxBrackets} deep`
  }
  return undefined
}

/** Where the text ends that begins at `at`. */
function endOfText(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && bytes[at] !== 0x22) at += bytes[at] === escape ? 2 : 1
  return at
}
