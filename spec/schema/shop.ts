import { type } from 'arktype'
import { currentCall, Exposed, Shared } from 'referent'
import * as v from 'valibot'
import { z } from 'zod'

/** The same methods, each checked by a schema of another library. */
abstract class Till {
  protected total = 0
  protected readonly notes: string[] = []

  protected add(cents: number, note: string): number {
    this.notes.push(note)
    return (this.total += cents)
  }

  @Exposed
  sum(): number {
    return this.total
  }

  @Exposed
  noted(): string[] {
    return this.notes
  }
}

@Shared({ args: z.tuple([z.coerce.number().min(0), z.string().default('zod')]) })
export class ZodTill extends Till {
  readonly #name: string
  constructor(total: number, name = '') {
    super()
    this.total = total
    this.#name = name
  }

  @Exposed({ args: z.tuple([z.number().positive(), z.string().trim().default('none')]) })
  pay(cents: number, note = ''): number {
    return this.add(cents, note)
  }

  @Exposed({ args: z.tuple([z.object({ items: z.array(z.object({ cents: z.int() })) })]) })
  payAll(order: { readonly items: readonly { readonly cents: number }[] }): number {
    return this.add(
      order.items.reduce((sum, { cents }) => sum + cents, 0),
      Object.keys(order).join(),
    )
  }

  @Exposed({ args: z.tuple([z.string()]).rest(z.string()) })
  join(first: string, ...others: string[]): string {
    return [first, ...others].join()
  }

  @Exposed({ args: z.tuple([z.string().refine(async (text) => Promise.resolve(text !== 'bad'))]) })
  later(text: string): string {
    return text
  }

  @Exposed
  get name(): string {
    return this.#name
  }
}

@Shared({ args: v.tuple([v.pipe(v.unknown(), v.transform(Number), v.minValue(0)), v.optional(v.string(), 'valibot')]) })
export class ValibotTill extends Till {
  readonly #name: string
  constructor(total: number, name = '') {
    super()
    this.total = total
    this.#name = name
  }

  @Exposed({
    args: v.strictTuple([v.pipe(v.number(), v.gtValue(0)), v.optional(v.pipe(v.string(), v.trim()), 'none')]),
  })
  pay(cents: number, note = ''): number {
    return this.add(cents, note)
  }

  @Exposed({ args: v.tuple([v.object({ items: v.array(v.object({ cents: v.pipe(v.number(), v.integer()) })) })]) })
  payAll(order: { readonly items: readonly { readonly cents: number }[] }): number {
    return this.add(
      order.items.reduce((sum, { cents }) => sum + cents, 0),
      Object.keys(order).join(),
    )
  }

  @Exposed({ args: v.tupleWithRest([v.string()], v.string()) })
  join(first: string, ...others: string[]): string {
    return [first, ...others].join()
  }

  @Exposed({
    args: v.tupleAsync([
      v.pipeAsync(
        v.string(),
        v.checkAsync(async (text) => Promise.resolve(text !== 'bad')),
      ),
    ]),
  })
  later(text: string): string {
    return text
  }

  @Exposed
  get name(): string {
    return this.#name
  }
}

@Shared({ args: type(['string.numeric.parse | number >= 0', "string = 'arktype'"]) })
export class ArktypeTill extends Till {
  readonly #name: string
  constructor(total: number, name = '') {
    super()
    this.total = total
    this.#name = name
  }

  @Exposed({ args: type(['number > 0', "string.trim = 'none'"]) })
  pay(cents: number, note = ''): number {
    return this.add(cents, note)
  }

  @Exposed({ args: type([{ '+': 'delete', items: type({ cents: 'number.integer' }).array() }]) })
  payAll(order: { readonly items: readonly { readonly cents: number }[] }): number {
    return this.add(
      order.items.reduce((sum, { cents }) => sum + cents, 0),
      Object.keys(order).join(),
    )
  }

  @Exposed({ args: type(['string', '...', 'string[]']) })
  join(first: string, ...others: string[]): string {
    return [first, ...others].join()
  }

  @Exposed
  get name(): string {
    return this.#name
  }
}

type Listener = (text: string) => unknown

/** What it is asked to check waits until it is told to go on. */
let goOn = (): void => undefined
let isAsked = (): void => undefined
const asked = new Promise<void>((resolve) => (isAsked = resolve))
const told = new Promise<void>((resolve) => (goOn = resolve))

const slow = z.tuple([
  z.string().refine(async () => {
    isAsked()
    await told
    return true
  }),
])

@Shared()
export class Desk {
  readonly #log: string[] = []

  /** Resolves when the slow schema is asked. */
  @Exposed
  asked(): Promise<void> {
    return asked
  }

  @Exposed
  goOn(): void {
    goOn()
  }

  @Exposed
  log(): string[] {
    return this.#log
  }

  @Exposed({ args: slow })
  slowly(text: string): number {
    return this.#log.push(text)
  }

  @Exposed({ args: slow, settlesAfterAbort: true })
  slowlyToTheEnd(text: string): number {
    return this.#log.push(text)
  }

  @Exposed({ args: z.tuple([z.string()]) })
  checked(text: string): number {
    return this.#log.push(text)
  }

  @Exposed
  plain(text: string): number {
    return this.#log.push(text)
  }

  @Exposed({ args: z.tuple([z.custom<Listener>((value) => typeof value === 'function')]) })
  async tell(listener: Listener): Promise<unknown> {
    return listener('told')
  }

  @Exposed({ args: z.tuple([z.array(z.string().max(3))]) })
  names(names: readonly string[]): number {
    return names.length
  }

  @Exposed({ args: z.tuple([z.record(z.string(), z.string(`${'too '.repeat(1000)}bad`))]) })
  wordy(texts: Readonly<Record<string, string>>): number {
    return Object.keys(texts).length
  }
}

/** Calls run one at a time; one whose arguments take time to check keeps its place. */
@Shared({ concurrency: 'serial' })
export class Line {
  readonly #log: string[] = []

  @Exposed({
    args: z.tuple([
      z.string().refine(async (text) => {
        await new Promise((resolve) => setTimeout(resolve, 20))
        return text !== 'bad'
      }),
    ]),
  })
  slowly(text: string): string | undefined {
    this.#log.push(text)
    return currentCall()?.method
  }

  @Exposed({ args: z.tuple([z.string().max(5)]) })
  checked(text: string): number {
    return this.#log.push(text)
  }

  @Exposed
  plain(text: string): number {
    return this.#log.push(text)
  }

  @Exposed
  log(): string[] {
    return this.#log
  }
}

function schemaOf(validate: (args: unknown) => never) {
  return { '~standard': { version: 1, vendor: 'spec', validate } } as const
}

/** Schemas that fail by themselves. */
@Shared()
export class Broken {
  #runs = 0

  @Exposed({ args: schemaOf(() => raise(new RangeError('no table of currencies'))) })
  throws(): number {
    return ++this.#runs
  }

  @Exposed({ args: schemaOf(() => raise('a text')) })
  throwsText(): number {
    return ++this.#runs
  }

  @Exposed({ args: schemaOf(() => Promise.reject(new RangeError('no table of currencies')) as never) })
  rejects(): number {
    return ++this.#runs
  }

  @Exposed({ args: schemaOf(() => ({ value: 'no list' }) as never) })
  makesNoList(): number {
    return ++this.#runs
  }

  @Exposed({ args: schemaOf(() => undefined as never) })
  saysNothing(): number {
    return ++this.#runs
  }

  @Exposed
  runs(): number {
    return this.#runs
  }
}

function raise(thrown: unknown): never {
  throw thrown
}

let disposals = 0

@Shared()
export class Counting {
  @Exposed({ args: z.tuple([z.number().max(100)]) })
  *upTo(last: number): Generator<number> {
    for (let at = 1; at <= last; at++) yield at
  }

  @Exposed({ args: z.tuple([z.number().refine(async (last) => Promise.resolve(last <= 100))]), stepwise: true })
  *disposalsUpTo(last: number): Generator<number> {
    for (let at = 1; at <= last; at++) yield disposals
  }

  [Symbol.dispose](): void {
    disposals++
  }
}

@Shared()
export class Disposals {
  @Exposed
  count(): number {
    return disposals
  }
}
