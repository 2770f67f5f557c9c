/**
 * Deeper values take the graph path: this check recurses, and so does `JSON.stringify`.
 */
const maxPlainDepth = 100

/**
 * Whether JSON text keeps `value` exactly: null, booleans, strings, finite numbers other than -0, dense arrays and
 * plain objects of enumerable data properties, none of them met twice. Runs no getter of a plain object.
 *
 * Every call of every proxy passes here, so it allocates for nested objects only.
 *
 * @param maxCharacters false for one whose texts have more in all
 */
export function isPlain(value: unknown, maxCharacters: number = Infinity): boolean {
  if (typeof value !== 'object' || value === null) return isExact(value)
  return !isJsonPatched() && isPlainObject(value, 0, { characters: maxCharacters })
}

/** How many characters the texts of a value may yet have: one text may be in it any number of times. */
interface Left {
  characters: number
}

/** A `toJSON` that all arrays, or all objects, inherit replaces every value in JSON text. */
export function isJsonPatched(): boolean {
  return 'toJSON' in Array.prototype
}

/** @param seen the objects met so far; made when a second one is met, since most calls hold none */
function isPlainObject(value: object, depth: number, left: Left, seen?: Set<object>): boolean {
  if (depth > maxPlainDepth) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype) return isPlainRecord(value, depth, left, seen)
  return prototype === Array.prototype && Array.isArray(value) && isPlainArray(value, depth, left, seen)
}

function isPlainArray(array: readonly unknown[], depth: number, left: Left, seen: Set<object> | undefined): boolean {
  // A hole reads as undefined and fails below, so an equal count means that there is no other property.
  if (Reflect.ownKeys(array).length !== array.length + 1) return false // the length is one
  for (let index = 0; index < array.length; index++) {
    if (isAccessor(array, index)) return false
    const item = array[index]
    if (typeof item === 'object' && item !== null) {
      seen ??= new Set([array])
      if (isMetAgain(item, seen) || !isPlainObject(item, depth + 1, left, seen)) return false
    } else if (!isExact(item) || (typeof item === 'string' && (left.characters -= item.length) < 0)) return false
  }
  return true
}

function isPlainRecord(record: object, depth: number, left: Left, seen: Set<object> | undefined): boolean {
  if (hasSymbols(record)) return false
  for (const key of Object.getOwnPropertyNames(record)) {
    const property = Object.getOwnPropertyDescriptor(record, key)
    if (property?.enumerable !== true || key === '__proto__') return false
    // An accessor has no value here, and undefined isn't exact: it fails below without being run.
    const item: unknown = property.value
    if (typeof item === 'object' && item !== null) {
      seen ??= new Set([record])
      if (isMetAgain(item, seen) || !isPlainObject(item, depth + 1, left, seen)) return false
    } else if (!isExact(item) || (typeof item === 'string' && (left.characters -= item.length) < 0)) return false
  }
  return true
}

/** JSON would write an object that is met twice as two, and a cycle for ever. */
function isMetAgain(value: object, seen: Set<object>): boolean {
  const before = seen.size
  return seen.add(value).size === before
}

function hasSymbols(value: object): boolean {
  return Object.getOwnPropertySymbols(value).length > 0
}

/** Whether JSON keeps this primitive exactly. */
export function isExact(value: unknown): value is string | number | boolean | null {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true
    case 'number':
      return Number.isFinite(value) && (value !== 0 || 1 / value > 0)
    default:
      return value === null
  }
}

/** The JSON text of a primitive that JSON keeps exactly; undefined for all else. */
export function primitiveText(value: unknown): string | undefined {
  switch (typeof value) {
    case 'number':
      // V8 keeps what `String` makes of a number in a cache, through which it reaches the old generation: 24 bytes of
      // garbage there for each number of a long stream, and a young generation that grows. JSON goes by no cache.
      return isExact(value) ? JSON.stringify(value) : undefined
    case 'string':
      return JSON.stringify(value)
    case 'boolean':
      return value ? 'true' : 'false'
    default:
      return value === null ? 'null' : undefined
  }
}

/** How many items a list may have whose text is put together here: for longer ones `JSON.stringify` is as fast. */
const maxListLength = 8

/** The JSON text of the items, where they are a few primitives that JSON keeps exactly; undefined for all else. */
export function listText(items: readonly unknown[]): string | undefined {
  if (items.length > maxListLength) return undefined
  let text = ''
  for (const item of items) {
    const itemText = primitiveText(item)
    if (itemText === undefined) return undefined
    text = text === '' ? itemText : `${text},${itemText}`
  }
  return `[${text}]`
}

/** A third of the time of a property descriptor. */
const lookupGetter = Reflect.get(Object.prototype, '__lookupGetter__') as (this: object, key: number) => unknown

/** Whether an item is got by a getter, which nothing may run. One that can only be set reads as undefined. */
export function isAccessor(array: readonly unknown[], index: number): boolean {
  return lookupGetter.call(array, index) !== undefined
}
