import type { SuperJSONResult } from 'superjson'
import { leafOf, leafText } from '../platform/node.ts'
import { malformed, type Reader } from '../wire/reader.ts'
import { tag } from '../wire/tags.ts'
import { check } from './check.ts'
import type { Decoder } from './decoder.ts'
import type { Encoder } from './encoder.ts'
import { hasSlots, type Kind } from './kind.ts'
import { isAddress, type RegExpBudget, maxHostLength, maxUrlLength } from './limits.ts'
import { type Path, refuse, refuseChangedJson, refuseExtras, refusePart } from './path.ts'

/** Milliseconds since 1970, or NaN. */
export const dates: Kind = {
  tag: tag.date,
  prototypes: [Date.prototype],
  write(value, encoder, path) {
    if (!(value instanceof Date) || !hasSlots(() => Date.prototype.valueOf.call(value))) return false
    refuseExtras(value, path)
    encoder.head.byte(tag.date)
    encoder.head.double(Date.prototype.getTime.call(value))
    return true
  },
  open: ({ reader }) => ({ value: readDate(reader) }),
  read: ({ reader }) => readDate(reader),
}

/** Regular expressions and URLs, in superjson's own form. */
export const superjsonLeaves: Kind = {
  tag: tag.superjson,
  prototypes: [RegExp.prototype, URL.prototype],
  write(value, encoder, path) {
    if (value instanceof RegExp) return writeRegExp(value, encoder, path)
    return value instanceof URL && writeUrl(value, encoder, path)
  },
  open: (decoder) => ({ value: readLeaf(decoder.reader.text(), decoder) }),
}

function readDate(reader: Reader): Date {
  const time = reader.double()
  const value = new Date(time)
  check(Number.isNaN(time) || value.getTime() === time, 'a date that no calendar has')
  return value
}

function writeRegExp(value: RegExp, encoder: Encoder, path: Path): boolean {
  if (!hasSlots(() => Reflect.get(RegExp.prototype, 'source', value))) return false
  refuseExtras(value, path, ['lastIndex'])
  if (value.lastIndex !== 0)
    refusePart(path, 'lastIndex', "a regular expression in mid-search can't cross; set it to 0")
  const excess = encoder.expressions.take(value.source, value.flags)
  if (excess !== undefined) refuse(path, `${excess} can't cross`)
  return writeLeaf(value, encoder, path)
}

function writeUrl(value: URL, encoder: Encoder, path: Path): boolean {
  if (!hasSlots(() => Reflect.get(URL.prototype, 'href', value))) return false
  refuseExtras(value, path)
  if (!isAddress(value.href))
    refuse(
      path,
      `a URL of over ${maxUrlLength} characters, or with a host of over ${maxHostLength}, can't cross; send its href`,
    )
  return writeLeaf(value, encoder, path)
}

function writeLeaf(value: RegExp | URL, encoder: Encoder, path: Path): boolean {
  refuseChangedJson(path)
  encoder.head.byte(tag.superjson)
  encoder.head.text(leafText(value))
  return true
}

/** Takes what superjson writes for a regular expression or URL and nothing else: no other annotation reaches it. */
function readLeaf(text: string, decoder: Decoder): unknown {
  const raw = parsed(text)
  const json = raw.json
  check(typeof json === 'string', 'a leaf that is no text')
  const values: unknown = raw.meta?.values
  const kind = (['URL', 'regexp'] as const).find(
    (each) => Array.isArray(values) && values.length === 1 && values[0] === each,
  )
  check(
    kind !== undefined && (kind === 'URL' ? isAddress(json) : isRegExp(json, decoder.expressions)),
    'a leaf that is neither a URL nor a regular expression, or too much of one',
  )
  try {
    return leafOf(kind, json)
  } catch (cause) {
    throw malformed('a leaf', cause)
  }
}

function parsed(text: string): SuperJSONResult {
  try {
    const raw: unknown = JSON.parse(text)
    check(typeof raw === 'object' && raw !== null, 'a leaf that is no object')
    return raw as SuperJSONResult
  } catch (cause) {
    throw malformed('a leaf that is no JSON', cause)
  }
}

function isRegExp(json: string, expressions: RegExpBudget): boolean {
  const end = json.lastIndexOf('/')
  const flags = json.slice(end + 1)
  return (
    json.startsWith('/') &&
    end > 1 &&
    /^[a-z]{0,20}$/.test(flags) &&
    expressions.take(json.slice(1, end), flags) === undefined
  )
}
