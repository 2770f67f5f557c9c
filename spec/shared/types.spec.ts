import { describe, it } from 'node:test'
import {
  assign,
  type ListChange,
  type Manager,
  type MapChange,
  type Remote,
  type Removal,
  SharedArray,
  SharedList,
  SharedMap,
  type SharedNamespace,
  type SharedSet,
  type SharedValue,
} from 'referent'
import { type Equal, expectTypes } from '../types.ts'

interface User {
  readonly name: string
  readonly age?: number
}

type Ages = Remote<SharedMap<string, number>>
type Users = Remote<SharedMap<number, User>>
type Lists = Remote<SharedMap<string, SharedList<number>>>
type Settings = Remote<SharedNamespace<{ level: number; label?: string }>>

describe('the types of shared containers', () => {
  it('are those of what is in them', () => {
    expectTypes<
      [
        Equal<Ages['get'], (key: string) => Promise<number | undefined>>,
        Equal<Ages['set'], (key: string, value: number) => Promise<void>>,
        Equal<Ages['size'], Promise<number>>,
        Equal<Ages['increment'], (key: string, by?: number, from?: number) => Promise<number>>,
        Equal<ReturnType<Ages['entries']>, AsyncGenerator<[key: string, value: number], void, undefined>>,
        Equal<ReturnType<Ages['watch']>, Promise<AsyncGenerator<MapChange<string, number>, void, undefined>>>,
        Equal<Users['update'], (key: number, patch: Partial<User>) => Promise<void>>,
        Equal<Awaited<ReturnType<Users['toMap']>>, Map<number, User>>,
        Equal<Awaited<ReturnType<Remote<SharedMap<string, bigint>>['increment']>>, bigint>,
        Equal<Awaited<ReturnType<Users['increment']>>, never>,
        Equal<Awaited<ReturnType<Remote<SharedSet<string>>['toSet']>>, Set<string>>,
        Equal<Awaited<Remote<SharedValue<User>>['value']>, User>,
        Equal<Awaited<ReturnType<Remote<SharedArray<'BigInt64Array'>>['get']>>, bigint>,
      ]
    >()
  })

  it('show live objects as proxies, and take either', () => {
    type List = Remote<SharedList<number>>
    expectTypes<
      [
        Equal<Awaited<ReturnType<Lists['get']>>, List | undefined>,
        Equal<Parameters<Lists['set']>, [key: string, value: SharedList<number> | List]>,
        Equal<Awaited<ReturnType<Remote<SharedList<SharedList<number>>>['toArray']>>, List[]>,
      ]
    >()
  })

  it('take functions that give a value or a promise', () => {
    type Compute = (value: number | undefined, key: string) => number | Removal | Promise<number | Removal>
    expectTypes<[Equal<Parameters<Ages['compute']>, [key: string, fn: Compute]>]>()
  })

  it('show the properties of a namespace', () => {
    expectTypes<
      [
        Equal<Settings['level'], Promise<number>>,
        Equal<Settings['label'], Promise<string | undefined>>,
        Equal<Settings['keys'], () => Promise<('level' | 'label')[]>>,
      ]
    >()
  })
})

/** Never called: what `create` gives, and what doesn't compile. */
export async function typed(manager: Manager, settings: Settings): Promise<void> {
  const map = await manager.create(SharedMap<string, number>, [['a', 1]])
  for await (const [key, value] of map) expectTypes<[Equal<typeof key, string>, Equal<typeof value, number>]>()
  const list = await manager.create(SharedList<User>)
  for await (const change of await list.watch()) expectTypes<[Equal<typeof change, ListChange<User>>]>()
  const array = await manager.create(SharedArray<'Float64Array'>, 'Float64Array', 3)
  expectTypes<[Equal<Awaited<ReturnType<typeof array.at>>, number | undefined>]>()
  await assign(settings, { level: 2 })
  // @ts-expect-error -- a wrong value
  await map.set('a', 'text')
  // @ts-expect-error -- nothing that can be incremented
  await (await manager.create(SharedMap<string, string>)).increment('a', 1)
  // @ts-expect-error -- a property of another type
  await assign(settings, { level: 'high' })
  // @ts-expect-error -- a bigint among numbers
  await array.set(0, 1n)
  // @ts-expect-error -- values of another type
  await manager.create(SharedList<number>, ['a'])
}
