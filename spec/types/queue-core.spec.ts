import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { type CallContext, runInCall } from '../../lib/call-context.ts'
import type { Entry } from '../../lib/types/queues/entry-heap.ts'
import { QueueCore, type QueueCoreOptions } from '../../lib/types/queues/queue-core.ts'

type Item = Entry<number>
type Compare = (one: Item, other: Item) => number

const first: Compare = (one, other) => one.priority - other.priority || one.item - other.item
const last: Compare = (one, other) => one.priority - other.priority || other.item - one.item

const orders: Readonly<Record<string, readonly [QueueCoreOptions, Compare]>> = {
  'first in, first out': [{}, first],
  'last in, first out': [{ lifo: true }, last],
  'first in, first out, with acknowledgements': [{ acknowledged: true }, first],
}

type Step =
  | { readonly kind: 'put'; readonly priority: number }
  | { readonly kind: 'take'; readonly max: number }
  | { readonly kind: 'lose'; readonly which: number }
  | { readonly kind: 'clear' }

const steps = fc.array(
  fc.oneof<fc.WeightedArbitrary<Step>[]>(
    { weight: 12, arbitrary: fc.record({ kind: fc.constant('put'), priority: fc.integer({ min: -2, max: 2 }) }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('take'), max: fc.integer({ min: 1, max: 4 }) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('lose'), which: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear') }) },
  ),
  { maxLength: 200 },
)

for (const [name, [options, compare]] of Object.entries(orders)) {
  describe(`a queue core, ${name}`, { timeout: 60_000 }, () => {
    it('gives the same as a list that is sorted before each taking, also of what comes back', () =>
      fc.assert(fc.asyncProperty(steps, (run) => runBoth(run, new QueueCore<number>(0, options), compare))))

    it('gives all of many, in their order', () => {
      const core = new QueueCore<number>(0, options)
      const expected = Array.from({ length: 100_000 }, (_, number) => ({ item: number, priority: number % 7, number }))
      for (const { item, priority } of expected) core.offer({ items: [item], priority })
      assert.deepEqual(
        core.take(Infinity).map(({ item }) => item),
        expected.toSorted(compare).map(({ item }) => item),
      )
      assert.deepEqual([core.size, core.take(1)], [0, []])
    })
  })
}

it('a session acknowledges 100,000 items in linear time, the oldest or any', { timeout: 60_000 }, () => {
  for (const inOrder of [true, false]) {
    const core = new QueueCore<number>(0, { acknowledged: true })
    core.offer({ items: Array.from({ length: 100_000 }, (_, at) => at), priority: 0 })
    const entries = core.take(Infinity)
    const since = process.cpuUsage()
    for (const { number } of inOrder ? entries : entries.toReversed()) {
      const item = core.unacked.find(undefined, number)
      if (inOrder || item === undefined) core.unacked.acknowledge(undefined, 1)
      else core.unacked.acknowledgeOne(undefined, item)
    }
    assert.equal(core.unacked.count, 0)
    assert.ok(process.cpuUsage(since).user < 1_500_000)
  }
})

/** Runs the steps on a core and on a plain list, and compares all that can be seen. */
async function runBoth(run: readonly Step[], core: QueueCore<number>, compare: Compare): Promise<void> {
  let list: Item[] = []
  const taken: { readonly entries: Item[]; readonly lose: () => void }[] = []
  let item = 0
  for (const step of run) {
    list.sort(compare)
    switch (step.kind) {
      case 'put':
        list.push({ item: ++item, priority: step.priority, number: 0 })
        core.offer({ items: [item], priority: step.priority })
        break
      case 'take': {
        const { call, lose } = callWithAnswer()
        const entries = runInCall(call, () => core.take(step.max))
        const expected = list.splice(0, step.max)
        assert.deepEqual(itemsOf(entries), itemsOf(expected))
        taken.push({ entries: expected, lose })
        break
      }
      case 'lose': {
        const [lost] = taken.splice(step.which % Math.max(taken.length, 1), 1)
        if (lost === undefined) break
        list.push(...lost.entries)
        lost.lose()
        await Promise.resolve()
        break
      }
      case 'clear':
        assert.equal(core.clear(), list.length)
        list = []
    }
    assert.deepEqual([core.size, core.first], [list.length, list.toSorted(compare)[0]?.item])
  }
}

function itemsOf(entries: readonly Item[]): number[] {
  return entries.map(({ item }) => item)
}

/** A call of a session of its own, whose answer may turn out not to have arrived. */
function callWithAnswer(): { readonly call: CallContext; readonly lose: () => void } {
  let lose = (): void => undefined
  const delivered = new Promise<boolean>((resolve) => (lose = () => resolve(false)))
  const session = { id: 'spec', pid: 1, ended: new AbortController().signal }
  const call = { session, isAnswered: false, delivered } as unknown as CallContext
  return { call, lose }
}
