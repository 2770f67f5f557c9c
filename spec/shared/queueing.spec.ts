import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { Heap } from '../../lib/shared/queueing/heap.ts'
import type { Order, Precedes } from '../../lib/shared/queueing/order.ts'
import { type Entry, QueueEntries } from '../../lib/shared/queueing/queue-entries.ts'
import { Ring } from '../../lib/shared/queueing/ring.ts'
import { Stack } from '../../lib/shared/queueing/stack.ts'

type Item = Entry<number>

const earlier: Precedes<Item> = (one, other) => one.number < other.number
const later: Precedes<Item> = (one, other) => one.number > other.number
const lower: Precedes<Item> = (one, other) =>
  one.priority === other.priority ? earlier(one, other) : one.priority < other.priority

const orders: Readonly<Record<string, readonly [make: () => Order<Item>, Precedes<Item>]>> = {
  'a Ring': [() => new Ring(), earlier],
  'a Stack': [() => new Stack(), later],
  'a Heap': [() => new Heap(lower), lower],
}

type Step =
  | { readonly kind: 'add'; readonly priority: number }
  | { readonly kind: 'take'; readonly max: number }
  | { readonly kind: 'give back'; readonly which: number }
  | { readonly kind: 'clear' }

const steps = fc.array(
  fc.oneof<fc.WeightedArbitrary<Step>[]>(
    { weight: 12, arbitrary: fc.record({ kind: fc.constant('add'), priority: fc.integer({ min: -2, max: 2 }) }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('take'), max: fc.integer({ min: 1, max: 4 }) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('give back'), which: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear') }) },
  ),
  { maxLength: 300 },
)

for (const [name, [make, precedes]] of Object.entries(orders)) {
  describe(name, () => {
    it('with what comes back to it gives the same as a list that is sorted before each taking', () => {
      fc.assert(fc.property(steps, (run) => runBoth(run, new QueueEntries(make(), precedes), precedes)))
    })

    it('gives all of many, in their order', () => {
      const order = make()
      const entries = Array.from({ length: 100_000 }, (_, number) => ({ item: number, priority: number % 7, number }))
      for (const entry of entries) order.add(entry)
      const taken = entries.map(() => order.take())
      assert.deepEqual([taken, order.size, order.take()], [entries.toSorted(comparing(precedes)), 0, undefined])
    })
  })
}

/** Runs the steps on entries and on a plain list of them, and compares all that can be seen. */
function runBoth(run: readonly Step[], entries: QueueEntries<number>, precedes: Precedes<Item>): void {
  let list: Item[] = []
  const taken: Item[] = []
  let number = 0
  for (const step of run) {
    list.sort(comparing(precedes))
    switch (step.kind) {
      case 'add':
        number++
        list.push({ item: number, priority: step.priority, number })
        entries.add(number, step.priority)
        break
      case 'take': {
        const both = entries.take(step.max)
        assert.deepEqual(both, list.splice(0, step.max))
        taken.push(...both)
        break
      }
      case 'give back': {
        const [entry] = taken.splice(step.which % Math.max(taken.length, 1), 1)
        if (entry === undefined) break
        list.push(entry)
        entries.giveBack(entry)
        break
      }
      case 'clear':
        assert.equal(entries.clear(), list.length)
        list = []
    }
    assert.deepEqual([entries.size, entries.first], [list.length, list.toSorted(comparing(precedes))[0]])
  }
}

function comparing(precedes: Precedes<Item>): (one: Item, other: Item) => number {
  return (one, other) => (precedes(one, other) ? -1 : 1)
}
