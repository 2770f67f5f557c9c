import assert from 'node:assert/strict'

/**
 * Fails unless `right` is a copy of `left` that nothing can tell apart: the same leaves bit for bit, the same classes,
 * the same properties in the same order, and objects that are one here are one there. `assert.deepStrictEqual` takes two
 * equal objects for one that is met twice.
 */
export function assertSameGraph(left: unknown, right: unknown): void {
  const copies = new Map<object, object>()
  const originals = new Map<object, object>()
  const pending: (readonly [left: unknown, right: unknown, path: string])[] = [[left, right, 'value']]
  for (const [one, other, path] of pending) {
    if (!isObject(one) || !isObject(other)) {
      assert.ok(Object.is(one, other), `${path}: ${String(one)} became ${String(other)}`)
      continue
    }
    assert.equal(copies.has(one), originals.has(other), `${path}: one object became two, or two became one`)
    assert.equal(copies.get(one) ?? other, other, `${path}: another object`)
    if (copies.has(one)) continue
    copies.set(one, other)
    originals.set(other, one)
    assertSameKind(one, other, path)
    const parts = partsOf(other)
    for (const [index, [step, part]] of partsOf(one).entries()) pending.push([part, parts[index]?.[1], path + step])
  }
}

function assertSameKind(one: object, other: object, path: string): void {
  assert.notEqual(one, other, `${path}: not a copy`)
  assert.equal(Object.getPrototypeOf(one), Object.getPrototypeOf(other), `${path}: another prototype`)
  assert.equal(Object.prototype.toString.call(one), Object.prototype.toString.call(other), `${path}: another kind`)
  assert.deepEqual(keysOf(one), keysOf(other), `${path}: other properties`)
}

/** Everything that tells one object from another, each under a name. */
function partsOf(value: object): [step: string, part: unknown][] {
  const own = value instanceof Error ? Object.getOwnPropertyNames(value).toSorted() : Reflect.ownKeys(value)
  const properties = own.map((key): [string, unknown] => [`.${String(key)}`, Reflect.get(value, key)])
  return [...contentsOf(value).map((part, index): [string, unknown] => [`<${index}>`, part]), ...properties]
}

function contentsOf(value: object): unknown[] {
  if (value instanceof Map) return entriesOf(value)
  if (value instanceof Set) return membersOf(value)
  if (value instanceof Date) return [value.getTime()]
  if (value instanceof RegExp) return [value.source, value.flags]
  if (value instanceof URL) return [value.href]
  if (value instanceof ArrayBuffer) return [...new Uint8Array(value)]
  if (value instanceof DataView) return [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)]
  if (value instanceof Error) return [value.name, value.message, value.stack]
  return []
}

function entriesOf(map: ReadonlyMap<unknown, unknown>): unknown[] {
  return [map.size, ...map.keys(), ...map.values()]
}

function membersOf(set: ReadonlySet<unknown>): unknown[] {
  return [set.size, ...set]
}

/** Properties and whether they are enumerable; of errors in any order, since engines make theirs in their own. */
function keysOf(value: object): string[] {
  const keys = Reflect.ownKeys(value).map(
    (key) => `${String(key)}:${Object.prototype.propertyIsEnumerable.call(value, key)}`,
  )
  return value instanceof Error ? keys.toSorted() : keys
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
