import { describe, it } from 'node:test'
import {
  type AnyLock,
  type AnyQueue,
  assign,
  type ListChange,
  type Manager,
  type MapChange,
  type Remote,
  type Removal,
  SharedArray,
  SharedBarrier,
  SharedList,
  SharedMap,
  type SharedNamespace,
  SharedSet,
  type SharedValue,
  type SyncManager,
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
        Equal<Awaited<ReturnType<Remote<SharedSet<string>>['union']>>, Set<string>>,
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

/** Never called: what creators infer, and where they take proxies. */
export async function created(m: SyncManager, list: Remote<SharedList<number>>): Promise<void> {
  const [numbers, texts] = [await m.List([1, 2]), await m.Set(['a'])]
  const [ages, copied] = [await m.Map([['a', 1]]), await m.Map(new Map([['a', 1]]))]
  const [value, again] = [await m.Value(5), await m.Set(texts)]
  expectTypes<
    [
      Equal<typeof numbers, Remote<SharedList<number>>>,
      Equal<typeof texts, Remote<SharedSet<string>>>,
      Equal<typeof ages, Remote<SharedMap<string, number>>>,
      Equal<typeof copied, Remote<SharedMap<string, number>>>,
      Equal<typeof value, Remote<SharedValue<number>>>,
      Equal<typeof again, Remote<SharedSet<string>>>,
    ]
  >()
  await m.List<SharedList<number>>([list, new SharedList([1])])
  await m.Map<string, SharedList<number>>([['a', list]])
  await m.Map<string, SharedList<number>>(new Map([['a', list]]))
  await m.Set<SharedList<number>>([list])
  await m.Value<SharedList<number> | undefined>(list)
  const made = [
    await m.create(SharedMap, [['a', 1]]),
    await m.create(SharedList, [1]),
    await m.named('set', SharedSet, ['a']),
    await m.named('map', SharedMap, [['a', list]]),
  ] as const
  type Made = [
    Remote<SharedMap<string, number>>,
    Remote<SharedList<number>>,
    Remote<SharedSet<string>>,
    Remote<SharedMap<string, Remote<SharedList<number>>>>,
  ]
  expectTypes<[Equal<typeof made, Readonly<Made>>]>()
}

/** Never called: what takes any lock, or any queue. */
export async function anyOfThem(m: SyncManager): Promise<void> {
  const locks: Remote<AnyLock>[] = [await m.Lock(), await m.RLock(), await m.Semaphore(), await m.BoundedSemaphore()]
  for (const lock of locks) {
    const ran = await lock.run(() => 5)
    expectTypes<[Equal<typeof ran, number>]>()
  }
  const queues: Remote<AnyQueue<string>>[] = [await m.Queue<string>(), await m.LifoQueue<string>()]
  queues.push(await m.JoinableQueue<string>(), await m.PriorityQueue<string>())
  for (const queue of queues) for await (const item of queue) expectTypes<[Equal<typeof item, string>]>()
  // @ts-expect-error -- a queue of other items
  queues.push(await m.Queue<number>())
}

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
  // @ts-expect-error -- an argument of another type, and none
  await Promise.all([manager.create(SharedArray<'Int8Array'>, 'Float64Array', 3), manager.create(SharedBarrier)])
  // @ts-expect-error -- values of another type
  await manager.create(SharedList<number>, ['a'])
}
