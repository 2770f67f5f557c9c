/** Checks what has come, and returns it as what it is. @throws Unparsable, naming the place */
export type Parser<T> = (value: unknown, at: string) => T

/** What a parser returns. */
export type Parsed<P> = P extends Parser<infer T> ? T : never

/** Something that isn't what it must be. */
export class Unparsable extends Error {}

type Fields = Readonly<Record<string, Parser<unknown>>>

type All<F extends Fields> = { readonly [K in keyof F]: Parsed<F[K]> }

type Some<F extends Fields> = { readonly [K in keyof F]?: Parsed<F[K]> }

export const text: Parser<string> = (value, at) => {
  if (typeof value !== 'string') throw new Unparsable(`${at} is no text`)
  return value
}

export const flag: Parser<boolean> = (value, at) => {
  if (typeof value !== 'boolean') throw new Unparsable(`${at} is neither true nor false`)
  return value
}

/** A number that isn't NaN, nor infinite. */
export const number: Parser<number> = (value, at) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Unparsable(`${at} is no number`)
  return value
}

/** A whole number, 0 or more. */
export const whole: Parser<number> = (value, at) => {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Unparsable(`${at} is no whole number`)
  return value as number
}

export const nothing: Parser<null> = (value, at) => {
  if (value !== null) throw new Unparsable(`${at} is not null`)
  return value
}

export function oneOf<const T extends readonly string[]>(...values: T): Parser<T[number]> {
  return (value, at) => {
    const found = values.find((each) => each === value)
    if (found === undefined) throw new Unparsable(`${at} is none of ${values.join(', ')}`)
    return found
  }
}

export function either<A, B>(one: Parser<A>, other: Parser<B>): Parser<A | B> {
  return (value, at) => {
    try {
      return one(value, at)
    } catch {
      return other(value, at)
    }
  }
}

export function list<T>(item: Parser<T>): Parser<readonly T[]> {
  return (value, at) => {
    if (!Array.isArray(value)) throw new Unparsable(`${at} is no list`)
    return value.map((each, index) => item(each, `${at}[${index}]`))
  }
}

/** Values by names. */
export function record<T>(field: Parser<T>): Parser<Readonly<Record<string, T>>> {
  return (value, at) =>
    Object.fromEntries(Object.entries(objectOf(value, at)).map(([name, each]) => [name, field(each, `${at}.${name}`)]))
}

/** An object with these fields; others that it has are left out. */
export function shape<R extends Fields>(required: R): Parser<All<R>>
export function shape<R extends Fields, O extends Fields>(required: R, optional: O): Parser<All<R> & Some<O>>
export function shape(required: Fields, optional: Fields = {}): Parser<object> {
  const all = Object.entries(required)
  const some = Object.entries(optional)
  return (value, at) => {
    const fields = objectOf(value, at)
    const found: Record<string, unknown> = {}
    for (const [name, parse] of all) found[name] = parse(fields[name], `${at}.${name}`)
    for (const [name, parse] of some) if (fields[name] !== undefined) found[name] = parse(fields[name], `${at}.${name}`)
    return found
  }
}

/** An object that is one of several, as its field `key` says. */
export function tagged<const K extends string, V extends Readonly<Record<string, Parser<object>>>>(
  key: K,
  variants: V,
): Parser<{ [N in keyof V & string]: { readonly [P in K]: N } & Parsed<V[N]> }[keyof V & string]> {
  const tag = oneOf(...Object.keys(variants))
  return (value, at) => {
    const name = tag(objectOf(value, at)[key], `${at}.${key}`)
    return { [key]: name, ...variants[name]?.(value, at) } as never
  }
}

/** @throws Unparsable for what is no JSON, or isn't what the parser takes */
export function parseJson<T>(json: string, parser: Parser<T>): T {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    throw new Unparsable('the message is no JSON')
  }
  return parser(value, 'the message')
}

function objectOf(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Unparsable(`${at} is no object`)
  return value as Readonly<Record<string, unknown>>
}
