import { isAddress, RegExpBudget } from './leaf-limits.ts'
import { maxDecimalDigits } from './limits.ts'
import { check, isRecord, malformed } from './decode/malformed.ts'
import type SuperJSON from 'superjson'
import type { SuperJSONResult } from 'superjson'

/**
 * Leaves are the values without parts that superjson keeps exactly: valid dates, regular expressions, URLs, integers,
 * `undefined` and the numbers that JSON lacks. They go through it as one flat list.
 */
export function writeLeaves(superjson: SuperJSON, leaves: readonly unknown[]): SuperJSONResult {
  const integers = [...leaves.entries()].filter((entry): entry is [number, bigint] => typeof entry[1] === 'bigint')
  if (integers.length === 0) return superjson.serialize(leaves)
  // Superjson looks integers up in maps of its own, which takes ever longer where they have one hash.
  const { json, meta } = superjson.serialize(leaves.map((leaf) => (typeof leaf === 'bigint' ? null : leaf)))
  const texts = new Map(integers.map(([at, integer]) => [at, String(integer)]))
  const kinds = Object.fromEntries(integers.map(([at]) => [at, ['bigint' as const]]))
  return {
    json: (json as unknown as (string | null)[]).map((text, at) => texts.get(at) ?? text),
    meta: { ...meta, values: Object.assign({}, meta?.values, kinds), v: 1 },
  }
}

/** @param checked what `parseLeaves` took: superjson builds what its annotations ask for, of any size */
export function readLeaves(superjson: SuperJSON, checked: Leaves): readonly unknown[] {
  return superjson.deserialize<unknown[]>(checked, { inPlace: true })
}

/** Superjson's form of a flat list of leaves, each with its annotation. */
export interface Leaves extends SuperJSONResult {
  json: (string | null)[]
}

const leafKinds = ['undefined', 'number', 'bigint', 'Date', 'regexp', 'URL'] as const
type LeafKind = (typeof leafKinds)[number]

/**
 * Takes superjson's form of a flat list of leaves and nothing else: no other annotation, path or equality reaches it.
 * @throws ManagerError `PROTOCOL`
 */
export function parseLeaves(raw: unknown): Leaves {
  check(isRecord(raw) && Array.isArray(raw['json']) && isRecord(raw['meta']), 'leaves without a list and annotations')
  const { json, meta } = raw
  check(isRecord(meta['values']) && meta['v'] === 1 && !('referentialEqualities' in meta), 'the annotations of leaves')
  const kinds = meta['values']
  check(Object.keys(kinds).length === json.length, 'leaves and annotations that differ in number')
  const values: Record<string, [LeafKind]> = {}
  const budget = new RegExpBudget()
  const leaves = json.map((leaf: unknown, index) => {
    const kind = leafKind(kinds[index])
    values[index] = [kind]
    check(isLeaf(kind, leaf, budget), `a leaf of the kind ${kind}, or more of them than a receiver takes`)
    return leaf
  })
  return { json: leaves, meta: { values, v: 1 } }
}

function leafKind(raw: unknown): LeafKind {
  const kind = Array.isArray(raw) && raw.length === 1 ? leafKinds.find((known) => known === raw[0]) : undefined
  if (kind === undefined) throw malformed('the annotation of a leaf')
  return kind
}

/** Whether `json` is what superjson writes for a leaf of that kind. */
function isLeaf(kind: LeafKind, json: unknown, budget: RegExpBudget): json is string | null {
  if (typeof json !== 'string') return kind === 'undefined' && json === null
  switch (kind) {
    case 'number':
      return /^(?:NaN|-?Infinity|-0)$/.test(json)
    case 'bigint':
      return json.length <= maxDecimalDigits + 1 && /^-?\d+$/.test(json)
    case 'Date':
      return /^(?:\d{4}|[+-]\d{6})(?:-\d\d){2}T\d\d:\d\d:\d\d\.\d{3}Z$/.test(json) && !Number.isNaN(Date.parse(json))
    case 'regexp':
      return isRegExp(json, budget)
    case 'URL':
      return isAddress(json)
    case 'undefined':
      return false
  }
}

function isRegExp(json: string, budget: RegExpBudget): boolean {
  const end = json.lastIndexOf('/')
  const flags = json.slice(end + 1)
  return (
    json.startsWith('/') &&
    end > 1 &&
    /^[a-z]{0,20}$/.test(flags) &&
    budget.take(json.slice(1, end), flags) === undefined
  )
}
