import { Process, type Remote, type SharedList, type SharedMap, type SharedValue } from 'referent'

type Numbers = Remote<SharedMap<string, number>>
type Counters = [map: Numbers, list: Remote<SharedList<number>>, value: Remote<SharedValue<number>>]

/** A process that adds 1 so many times by `increment` and by `compute`, many at a time. */
export function startCounting(counters: Counters, times: number): Process {
  const counting = new Process(count, [...counters, times])
  counting.start()
  return counting
}

export async function count(...[map, list, value, times]: [...Counters, times: number]): Promise<void> {
  const addOne = (number = 0): number => number + 1
  for (let done = 0; done < times; done += 50) {
    await Promise.all(
      Array.from({ length: 50 }, () => [
        map.increment('incremented'),
        map.compute('computed', addOne),
        list.increment(0),
        value.increment(),
      ]).flat(),
    )
  }
}

/** A process that computes the value of `held` until it is killed, and waits to write that of `wanted`. */
export function startHolding(map: Numbers): Process {
  const holding = new Process(holdForEver, [map])
  holding.start()
  return holding
}

export async function holdForEver(map: Numbers): Promise<void> {
  const late = map.set('wanted', -1)
  await map.compute('held', async (value = 0) => {
    await map.set('holder', process.pid)
    await late
    return value
  })
}

type Lists = Remote<SharedMap<string, SharedList<unknown>>>

/** A process that pushes its id to each of the lists in a map, and leaves one of its own there. */
export function startPushing(lists: Lists, own: Remote<SharedList<unknown>>): Process {
  const pushing = new Process(pushToAll, [lists, own])
  pushing.start()
  return pushing
}

export async function pushToAll(lists: Lists, own: Remote<SharedList<unknown>>): Promise<void> {
  await lists.set('own', own)
  for await (const [, list] of lists) await list.push(process.pid)
}
