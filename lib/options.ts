/** Throws for a value that an option or argument of this name can't have, saying what it must be. */
export type Check = (name: string, value: unknown) => void

/** A check for each option of `T`: one that is forgotten doesn't compile. */
export type Checks<T> = { readonly [K in keyof Required<T>]: Check }

/**
 * Checks options as plain JavaScript passes them. `undefined` is no options, and an option that is `undefined` is absent.
 * @param what whose options they are, such as `queue.get`
 * @throws TypeError for what is no object, and for a name that nobody knows, suggesting the nearest; as the checks
 */
export function assertOptions<T>(what: string, options: unknown, checks: Checks<T>): asserts options is T | undefined {
  if (options === undefined) return
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new TypeError(`the options of ${what} are ${shown(options)}; they must be an object: ${optionsList(checks)}`)
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(checks, name)) throw unknownOption(what, name, Object.keys(checks))
    if (value !== undefined) checks[name as keyof T](`${what}: ${name}`, value)
  }
}

/** Those of the options that these checks are for, and that are given. */
export function pick<T extends object>(options: NoInfer<T>, checks: Checks<T>): T {
  const given = Object.entries(options).filter(([name, value]) => value !== undefined && Object.hasOwn(checks, name))
  return Object.fromEntries(given) as T
}

/** `true` or `false`. */
export const isBoolean: Check = (name, value) => {
  if (typeof value !== 'boolean') throw mustBe(name, value, 'true or false')
}

/** A string, the empty one too. */
export const isText: Check = (name, value) => {
  if (typeof value !== 'string') throw mustBe(name, value, 'a text')
}

/** A function, or a proxy of one. */
export const isFunction: Check = (name, value) => {
  if (typeof value !== 'function') throw mustBe(name, value, 'a function')
}

/** An array, whatever is in it. */
export const isArray: Check = (name, value) => {
  if (!Array.isArray(value)) throw mustBe(name, value, 'an array')
}

/** For a number whose range the callee checks by itself. */
export const isNumber: Check = (name, value) => {
  if (typeof value !== 'number') throw mustBe(name, value, 'a number')
}

/** A number, `least` or more, Infinity too. */
export function isAtLeast(least: number): Check {
  return (name, value) => {
    isNumber(name, value)
    if (!((value as number) >= least)) throw new RangeError(`${name} is ${String(value)}; it must be at least ${least}`)
  }
}

/** An object with texts, such as environment variables. */
export const isTexts: Check = (name, value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw mustBe(name, value, 'an object of texts')
  for (const [key, text] of Object.entries(value)) if (text !== undefined) isText(`${name}.${key}`, text)
}

/** An array of values that pass the check. */
export function isListOf(check: Check): Check {
  return (name, value) => {
    isArray(name, value)
    for (const [index, each] of (value as readonly unknown[]).entries()) check(`${name}[${index}]`, each)
  }
}

/** For an option that the callee checks by itself. */
export const isAnything: Check = () => undefined

/** A number of milliseconds, 0 or more. */
export const isTime: Check = (name, value) => {
  if (typeof value !== 'number') throw mustBe(name, value, 'a number of milliseconds')
  if (!(value >= 0)) throw new RangeError(`${name} is ${value}; it must be a number of milliseconds, 0 or more`)
}

/** An AbortSignal, also one of another realm. */
export const isSignal: Check = (name, value) => {
  if (!(typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value))
    throw mustBe(name, value, 'an AbortSignal, such as that of an AbortController')
}

/** A whole number, `least` or more. */
export function isWhole(least: number): Check {
  return (name, value) => {
    if (typeof value !== 'number') throw mustBe(name, value, `a whole number, ${least} or more`)
    if (!Number.isSafeInteger(value) || value < least)
      throw new RangeError(`${name} is ${value}; it must be a whole number, ${least} or more`)
  }
}

export function isOneOf(...values: readonly string[]): Check {
  return (name, value) => {
    if (!values.some((each) => each === value))
      throw mustBe(name, value, values.map((each) => `'${each}'`).join(' or '))
  }
}

/** The error for a value that isn't what it must be. */
export function mustBe(name: string, value: unknown, expected: string): TypeError {
  return new TypeError(`${name} is ${shown(value)}; it must be ${expected}`)
}

/** A value in an error message: short, and never a secret that it may hold. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return value.length > 40 ? `a text of ${value.length} characters` : `'${value}'`
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return 'an array'
  const { name } = (Object.getPrototypeOf(value) as object | null)?.constructor ?? {}
  return name === undefined || name === 'Object' ? 'an object' : `an object of the class ${name}`
}

function optionsList(checks: object): string {
  const names = Object.keys(checks)
  return names.length === 0 ? 'there are none' : `{ ${names.join(', ')} }`
}

function unknownOption(what: string, name: string, known: readonly string[]): TypeError {
  const [near] = ranked(name, known)
  const isMeant = near !== undefined && near.distance <= Math.max(1, name.length / 3)
  const others = known.length === 0 ? 'it has none' : `known are ${known.join(', ')}`
  return new TypeError(`${what} has no option '${name}': ${isMeant ? `did you mean ${near.each}?` : others}`)
}

/** The known names that are most like `name`, best first. */
export function nearest(name: string, known: readonly string[], count: number): string[] {
  return ranked(name, known)
    .slice(0, count)
    .map(({ each }) => each)
}

function ranked(name: string, known: readonly string[]): { readonly each: string; readonly distance: number }[] {
  const given = name.toLowerCase()
  const distances = known.map((each) => ({ each, distance: distanceOf(given, each.toLowerCase()) }))
  return distances.toSorted((one, other) => one.distance - other.distance)
}

/** How many characters to insert, drop or replace (Levenshtein); a unit behind the name counts as one. */
function distanceOf(given: string, known: string): number {
  if (known.startsWith(given) || given.startsWith(known)) return given === known ? 0 : 1
  let row = Array.from({ length: known.length + 1 }, (_, index) => index)
  for (let index = 0; index < given.length; index++) {
    const next = [index + 1]
    for (let at = 1; at <= known.length; at++) {
      const replaced = (row[at - 1] ?? 0) + (known[at - 1] === given[index] ? 0 : 1)
      next.push(Math.min(replaced, (row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[known.length] ?? 0
}
