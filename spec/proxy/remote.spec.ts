import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { describe, it } from 'node:test'
import type { Creators, Remote, RemoteArg, RemoteArgs, RemoteValue } from '../../lib/proxy/remote.ts'
import { compile } from '../decorators/compile.ts'
import type { Money } from '../package/copied-class.ts'
import { type Equal, expectTypes } from '../types.ts'

type Entry = [data: number, random: number, value: number]
type Json = string | number | boolean | null | Json[] | { [name: string]: Json }

interface Tree {
  label: string
  children: Tree[]
  parent?: Tree
  index: Map<string, Tree>
}

type Nested = Sample | Nested[]

interface Callbacks {
  label: string
  onDone?: (count: number) => string
}

declare class Till {
  total(): Money
}

/** A class with members of every kind. Nothing is ever called: the spec is about types. */
declare class Sample {
  constructor(start: number, peer?: Sample)
  private secret(): void
  protected inner(): void
  readonly field: Date
  untyped: Any
  optional?: string
  get flag(): boolean
  [Symbol.iterator](): Iterator<number>
  toJSON(): string

  task(): Promise<number>
  entries(): Entry[]
  either(left: boolean): string | number | undefined
  find(): Promise<Sample | undefined>
  unknown(): unknown
  never(): never
  itself(): this
  overloaded(value: string): string
  overloaded(value: number): number

  generate(count: number): Generator<Sample, string>
  generateAsync(): AsyncGenerator<Entry, void>
  iterate(): IterableIterator<string>
  list(): Iterable<Sample>

  accept(peer: Sample, peers: Map<string, Sample>, options?: { peers: Sample[] }): void
  callBack(each: (peer: Sample, index: number) => boolean, done: () => void): void
  acceptTuple(pair: [name: string, peer: Sample]): void
}

type Shared = Remote<Sample>
type Any = ReturnType<JSON['parse']>
type Result<F extends (...args: never[]) => unknown> = ReturnType<F>

describe('Remote', () => {
  it('gives a promise of what a method gives, taken as one type', () =>
    expectTypes<
      [
        Equal<Shared['task'], () => Promise<number>>,
        Equal<Shared['entries'], () => Promise<Entry[]>>,
        Equal<Shared['either'], (left: boolean) => Promise<string | number | undefined>>,
        Equal<Shared['find'], () => Promise<Shared | undefined>>,
        Equal<Shared['unknown'], () => Promise<unknown>>,
        Equal<Shared['never'], () => Promise<never>>,
      ]
    >())

  it('gives an async iterable for a generator', () =>
    expectTypes<
      [
        Equal<Shared['generate'], (count: number) => AsyncGenerator<Remote<Sample>, string, undefined>>,
        Equal<Shared['generateAsync'], () => AsyncGenerator<Entry, void, undefined>>,
        Equal<Result<Shared['iterate']>[typeof Symbol.asyncIterator], () => Result<Shared['iterate']>>,
      ]
    >())

  it('reads other properties as promises', () =>
    expectTypes<
      [
        Equal<Shared['field'], Promise<Date>>,
        Equal<Shared['untyped'], Promise<Any>>,
        Equal<Shared['flag'], Promise<boolean>>,
        Equal<Shared['optional'], Promise<string | undefined>>,
        Equal<Pick<Shared, 'optional'>, { readonly optional: Promise<string | undefined> }>,
      ]
    >())

  it('hides what can never be called: private and symbol members, and the names a proxy keeps', () => {
    type Hidden = 'secret' | 'inner' | 'toJSON' | typeof Symbol.iterator
    expectTypes<[Equal<Extract<keyof Shared, Hidden>, never>]>()
  })

  it('can be released by a using block', () =>
    expectTypes<[Equal<Shared extends Disposable & AsyncDisposable ? true : false, true>]>())

  it('leads back to the class, and tells classes apart', () => {
    type Referent<P> = P extends Remote<infer T> ? T : never
    expectTypes<
      [
        Equal<Referent<Shared>, Sample>,
        Equal<Shared extends Remote<unknown> ? true : false, true>,
        Equal<Shared extends Remote<Date> ? true : false, false>,
        Equal<Sample extends Shared ? true : false, false>,
      ]
    >()
  })

  it('shows the last of several overloads', () =>
    expectTypes<[Equal<Shared['overloaded'], (value: number) => Promise<number>>]>())
})

describe('RemoteValue', () => {
  it('keeps plain data as it is, tuples and the names of types included', () =>
    expectTypes<
      [
        Equal<RemoteValue<Entry[]>, Entry[]>,
        Equal<RemoteValue<Json>, Json>,
        Equal<RemoteValue<readonly [Date, RegExp?, ...URL[]]>, readonly [Date, RegExp?, ...URL[]]>,
        Equal<RemoteValue<Error | Uint8Array | ArrayBuffer | bigint>, Error | Uint8Array | ArrayBuffer | bigint>,
      ]
    >())

  it('makes objects with methods proxies, wherever they are', () =>
    expectTypes<
      [
        Equal<RemoteValue<Sample | undefined>, Shared | undefined>,
        Equal<RemoteValue<readonly Sample[]>, readonly Shared[]>,
        Equal<RemoteValue<[first: Sample, second?: string]>, [first: Shared, second?: string]>,
        Equal<RemoteValue<Map<string, Set<Sample>>>, Map<string, Set<Shared>>>,
        Equal<RemoteValue<ReadonlyMap<string, Sample>>, ReadonlyMap<string, Shared>>,
        Equal<RemoteValue<{ readonly peer?: Sample; count: number }>, { readonly peer?: Shared; count: number }>,
        Equal<RemoteValue<AsyncIterable<Sample>>, AsyncIterable<Shared>>,
        Equal<Result<Shared['itself']>, Promise<Shared>>,
      ]
    >())

  it('leaves instances of classes that cross by copy, wherever they are', () =>
    expectTypes<
      [
        Equal<RemoteValue<Map<string, Money[]>>, Map<string, Money[]>>,
        Equal<RemoteValue<{ price: Money; seller: Sample }>, { price: Money; seller: Shared }>,
        Equal<RemoteArg<[price: Money, seller?: Sample]>, [price: Money, seller?: Sample | Shared]>,
        Equal<Result<Remote<Till>['total']>, Promise<Money>>,
      ]
    >())

  it('gives what `for await` takes for an iterable that may be a collection or not', () =>
    expectTypes<
      [
        Equal<Result<Shared['list']>, Promise<Iterable<Shared> | AsyncIterable<Shared>>>,
        Equal<RemoteValue<{ all: Iterable<Date> }>, { all: Iterable<Date> | AsyncIterable<Date> }>,
        Equal<RemoteArg<Iterable<Date>>, Iterable<Date>>,
      ]
    >())

  it('makes streams to read from async iterables, and leaves those to write to', () =>
    expectTypes<
      [
        Equal<RemoteValue<ReadableStream<Sample>>, AsyncGenerator<Shared, void, undefined>>,
        Equal<RemoteValue<Readable> extends AsyncIterable<unknown> ? true : false, true>,
        Equal<RemoteValue<WritableStream<string>>, WritableStream<string>>,
      ]
    >())

  it('leaves a proxy a proxy', () => expectTypes<[Equal<RemoteValue<Shared[]>, Shared[]>]>())

  it('makes functions async, and an object of optional ones a plain object still', () =>
    expectTypes<
      [
        Equal<RemoteValue<(count: number) => Sample>, (count: number) => Promise<Shared>>,
        Equal<RemoteValue<Callbacks>, { label: string; onDone?: (count: number) => Promise<string> }>,
      ]
    >())

  it('follows recursive types to any depth', () => {
    type Label = RemoteValue<Tree>['children'][number]['children'][number]['label']
    expectTypes<[Equal<Extract<RemoteValue<Nested>, Shared>, Shared>]>()
    expectTypes<[Equal<Label, string>, Equal<Exclude<RemoteValue<Tree>['parent'], undefined>['label'], string>]>()
  })

  it('leaves any and unknown alone', () =>
    expectTypes<
      [
        Equal<RemoteValue<unknown>, unknown>,
        Equal<RemoteValue<{ a: unknown; any: Any; peer?: Sample }>, { a: unknown; any: Any; peer?: Shared }>,
      ]
    >())
})

describe('RemoteArgs', () => {
  it('accepts a proxy wherever the method takes the class', () => {
    type Either = Sample | Shared
    expectTypes<
      [
        Equal<
          Parameters<Shared['accept']>,
          [peer: Either, peers: Map<string, Either>, options?: { peers: Either[] } | undefined]
        >,
        Equal<Parameters<Shared['acceptTuple']>, [pair: [name: string, peer: Either]]>,
      ]
    >()
  })

  it('accepts sync and async callbacks, whose own arguments arrive as values do', () => {
    type Each = (peer: Shared, index: number) => boolean | Promise<boolean>
    expectTypes<[Equal<Parameters<Shared['callBack']>, [each: Each, done: () => unknown]>]>()
  })

  it('accepts a stream of Node where the method takes one of the web', () =>
    expectTypes<
      [
        Equal<Writable extends RemoteArg<WritableStream<string>> ? true : false, true>,
        Equal<Readable extends RemoteArg<WritableStream<string>> ? true : false, false>,
        Equal<Readable | ReadableStream extends RemoteArg<AsyncIterable<unknown>> ? true : false, true>,
      ]
    >())

  it('keeps plain data, optional and rest arguments as they are', () =>
    expectTypes<
      [
        Equal<RemoteArgs<[a: number, b?: string, ...rest: Entry[]]>, [a: number, b?: string, ...rest: Entry[]]>,
        Equal<RemoteArg<Json>, Json>,
        Equal<RemoteArg<Shared>, Shared>,
      ]
    >())
})

describe('Creators', () => {
  it('take what the constructors take and give proxies', () =>
    expectTypes<
      [
        Equal<
          Parameters<Creators<{ Sample: typeof Sample }>['Sample']>,
          [start: number, peer?: Sample | Shared | undefined]
        >,
        Equal<Result<Creators<{ Sample: typeof Sample }>['Sample']>, Promise<Shared>>,
      ]
    >())
})

describe('the types that an editor shows', () => {
  it('read like the class: labels and names kept, nothing spelled out', { timeout: 120_000 }, async () => {
    const options = { declaration: true, emitDeclarationOnly: true, isolatedDeclarations: false }
    await using compiled = await compile(['spec/proxy/shown.ts'], options)
    const shown = await readFile(join(compiled.folder, 'spec/proxy/shown.d.ts'), 'utf8')
    const lines = [
      'proxy: Remote<Sample>',
      'getStorage: () => Promise<[data: number, random: number, value: number][]>',
      'tag: (text: string, weight?: number | undefined) => Promise<Json>',
      'follow: (peer: Sample | Remote<Sample>) => AsyncGenerator<Remote<Sample>, void, undefined>',
    ]
    for (const line of lines) assert.ok(shown.includes(line), `${line}\nis not in\n${shown}`)
  })
})

/** Never called: what doesn't compile. */
export async function refusedByTypes(shared: Shared, creators: Creators<{ Sample: typeof Sample }>): Promise<void> {
  // @ts-expect-error -- a wrong argument
  await shared.either('left')
  // @ts-expect-error -- an argument too few
  await shared.either()
  // @ts-expect-error -- a private member
  void shared.secret
  // @ts-expect-error -- a member that isn't there
  void shared.missing
  // @ts-expect-error -- a property can't be assigned to
  shared.optional = 'assigned'
  // @ts-expect-error -- a proxy of another class
  await shared.accept({} as Remote<Date>, new Map())
  // @ts-expect-error -- a callback that gives something else
  await shared.callBack(String, Boolean)
  // @ts-expect-error -- a wrong constructor argument
  await creators.Sample('start')
}
