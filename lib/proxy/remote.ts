import type { AnyClass } from '../decorators/metadata.ts'

/**
 * The classes of value that `registerClass` was told of, for types alone: their instances arrive as copies, methods and
 * all, where `Remote` would take anything that has methods for a proxy. Each program adds its own, by any name:
 * `declare module 'referent' { interface CopiedClasses { Money: Money } }`.
 */
export interface CopiedClasses {}

declare const hosted: unique symbol

/**
 * What a class says of its own proxies, for types alone: members with these types take the place of those that `Remote`
 * works out. For generic methods, of which `Remote` can only show the constraints.
 */
export declare const remoteMembers: unique symbol

/**
 * A proxy of a `T` that lives in another process. Each public method is called the same way and gives a promise, each
 * generator method gives an async iterable, and every other property is read as a promise. Releases the referent when a
 * `using` or `await using` block ends.
 *
 * The type shows every public member; the server answers for those that are exposed. Of an overloaded method the last
 * overload shows, and a generic one shows its constraints.
 */
export type Remote<T> = RemoteMembers<T> & RemoteIteration<T> & Disposable & AsyncDisposable & { readonly [hosted]: T }

// What can be iterated over has an iterator: `@Shared({ iterator })`.
type RemoteIteration<T> = T extends Iterable<infer Y> | AsyncIterable<infer Y> ? AsyncIterable<RemoteValue<Y>> : unknown

type RemoteMembers<T> = {
  readonly [Name in keyof T as Name extends Hidden | keyof Stated<T> ? never : Name]-?: RemoteMember<T[Name]>
} & Stated<T>

type Stated<T> = T extends { readonly [remoteMembers]?: infer Members extends object } ? Members : unknown

// What no class can expose: symbols, indices, and the names that lead elsewhere.
type Hidden = symbol | number | 'constructor' | 'then' | 'toJSON' | '__proto__' | 'prototype'

type RemoteMember<M> = IsMethod<M> extends true ? RemoteMethod<M> : Promise<RemoteValue<M>>

type RemoteMethod<M> = M extends (...args: infer A) => infer R ? (...args: RemoteArgs<A>) => RemoteResult<R> : never

// In brackets, a union is taken as one type: a promise of either, not either promise.
type RemoteResult<R> =
  IsPlain<Awaited<R>> extends true
    ? Promise<Awaited<R>>
    : [R] extends [Generating<infer Y, infer Z>]
      ? AsyncGenerator<RemoteValue<Y>, RemoteValue<Awaited<Z>>, undefined>
      : Promise<RemoteValue<Awaited<R>>>

/**
 * How a `V` arrives: plain data as it is, functions as async functions, and an object with methods as a proxy. An
 * object whose functions are all optional counts as data with callbacks. What has the members of an `Error` counts as one.
 */
export type RemoteValue<V> =
  IsPlain<V> extends true
    ? V
    : V extends Atom | Copied
      ? V
      : V extends AnyFunction
        ? RemoteMethod<V>
        : V extends readonly unknown[]
          ? RemoteValueArray<V>
          : V extends Map<infer K, infer E>
            ? Map<RemoteValue<K>, RemoteValue<E>>
            : V extends ReadonlyMap<infer K, infer E>
              ? ReadonlyMap<RemoteValue<K>, RemoteValue<E>>
              : V extends Set<infer E>
                ? Set<RemoteValue<E>>
                : V extends ReadonlySet<infer E>
                  ? ReadonlySet<RemoteValue<E>>
                  : V extends Generating<infer Y, infer Z>
                    ? AsyncGenerator<RemoteValue<Y>, RemoteValue<Awaited<Z>>, undefined>
                    : V extends Streaming<infer Y>
                      ? AsyncGenerator<RemoteValue<Y>, void, undefined>
                      : V extends Sink
                        ? V
                        : HasMethods<V> extends true
                          ? Remote<V>
                          : V extends AsyncIterable<infer Y>
                            ? AsyncIterable<RemoteValue<Y>>
                            : V extends Iterable<infer Y>
                              ? AnyIterable<RemoteValue<Y>>
                              : keyof V extends never
                                ? V
                                : { [Name in keyof V]: RemoteValue<V[Name]> }

// An array is spelled out, and only a tuple mapped: a mapped array is worked out at once, without end in a recursive type.
type RemoteValueArray<A extends readonly unknown[]> = A extends (infer E)[]
  ? E[] extends A
    ? RemoteValue<E>[]
    : RemoteValues<A>
  : A extends readonly (infer E)[]
    ? readonly E[] extends A
      ? readonly RemoteValue<E>[]
      : RemoteValues<A>
    : never

type RemoteValues<A extends readonly unknown[]> = { [Index in keyof A]: RemoteValue<A[Index]> }

/** The arguments of a remote call, labels kept. */
export type RemoteArgs<A extends readonly unknown[]> = { [Index in keyof A]: RemoteArg<A[Index]> }

/**
 * What is accepted where a referent's method takes a `V`: a `V`, or a proxy of one. Callbacks may be sync or async. A
 * `WritableStream` may be one of Node.
 */
export type RemoteArg<V> =
  IsPlain<V> extends true
    ? V
    : V extends Atom | Copied | Generating<unknown, unknown>
      ? V
      : V extends AnyFunction
        ? RemoteCallback<V>
        : V extends readonly unknown[]
          ? RemoteArgArray<V>
          : V extends Map<infer K, infer E>
            ? Map<RemoteArg<K>, RemoteArg<E>>
            : V extends ReadonlyMap<infer K, infer E>
              ? ReadonlyMap<RemoteArg<K>, RemoteArg<E>>
              : V extends Set<infer E>
                ? Set<RemoteArg<E>>
                : V extends ReadonlySet<infer E>
                  ? ReadonlySet<RemoteArg<E>>
                  : V extends Sink
                    ? V | NodeSink
                    : HasMethods<V> extends true
                      ? V | Remote<V>
                      : V extends AsyncIterable<unknown> | Iterable<unknown>
                        ? V
                        : keyof V extends never
                          ? V
                          : { [Name in keyof V]: RemoteArg<V[Name]> }

type RemoteArgArray<A extends readonly unknown[]> = A extends (infer E)[]
  ? E[] extends A
    ? RemoteArg<E>[]
    : RemoteArgs<A>
  : A extends readonly (infer E)[]
    ? readonly E[] extends A
      ? readonly RemoteArg<E>[]
      : RemoteArgs<A>
    : never

// The arguments of a callback arrive at the caller. What it returns is of no matter where nothing is expected.
type RemoteCallback<F> = F extends (...args: infer A) => infer R
  ? (
      ...args: RemoteValues<A>
    ) => [Awaited<R>] extends [void] ? unknown : RemoteArg<Awaited<R>> | Promise<RemoteArg<Awaited<R>>>
  : never

/** The creator of a class: the arguments of its constructor, and a proxy of the instance. */
type Creator<C extends AnyClass> = (...args: RemoteArgs<ConstructorParameters<C>>) => Promise<Remote<InstanceType<C>>>

/** Typed creators of several classes: `await manager.Counter(10)`. */
export type Creators<M extends Record<string, AnyClass>> = { readonly [Name in keyof M]: Creator<M[Name]> }

type AnyFunction = (...args: never[]) => unknown

/** A generator, or what is iterated like one: it has a `next` of its own, as no collection has. */
type Generating<Y, Z> =
  | (Iterator<Y, Z, never> & Iterable<unknown>)
  | (AsyncIterator<Y, Z, never> & AsyncIterable<unknown>)

/** What `for await` takes: a collection arrives as one, and an iterator, whose items come one by one, as an async one. */
type AnyIterable<Y> = Iterable<Y> | AsyncIterable<Y>

/** A stream to read from, of Node or the web. */
type Streaming<Y> = AsyncIterable<Y> & ({ pipe: AnyFunction } | { pipeTo: AnyFunction })

/** A stream to write to, as it arrives: of the web. */
interface Sink {
  readonly locked: boolean
  getWriter: AnyFunction
}

/** A stream to write to, of Node. */
interface NodeSink {
  readonly writableHighWaterMark: number
  write: AnyFunction
  end: AnyFunction
  destroy: AnyFunction
}

/** What crosses as it is. A promise inside a value doesn't cross at all; its type isn't bent into something that would. */
type Atom =
  | string
  | number
  | boolean
  | bigint
  | symbol
  | null
  | undefined
  | void
  | Date
  | RegExp
  | URL
  | Error
  | ArrayBuffer
  | ArrayBufferView
  | Promise<unknown>
  | { readonly [hosted]: unknown }

/** An instance of a class that crosses by copy. */
type Copied = CopiedClasses[keyof CopiedClasses]

/** Whether a type is kept by its name: plain data throughout, or `any` or `never`. */
type IsPlain<V> = [V] extends [Plain] ? true : false

type Plain = Atom | readonly Plain[] | { readonly [name: string]: Plain }

type HasMethods<V> = true extends { [Name in keyof V & string]: IsMethod<V[Name]> }[keyof V & string] ? true : false

// An `any` might be a function, but isn't known to be one.
type IsMethod<M> = unknown extends M ? false : [M] extends [AnyFunction] ? true : false
