import type { Remote, SharedMap } from 'referent'
import { check, type Verdict } from './checker.ts'
import type { Operation } from './history.ts'
import { type MapCall, mapModel } from './map-model.ts'
import type { RecordedCall, Subject } from './subject.ts'

const keys = ['a', 'b', 'c']

type Request = { readonly key: string } & (
  | { readonly kind: 'get' | 'delete' | 'increment' }
  | { readonly kind: 'set'; readonly value: number }
  | { readonly kind: 'compare and set'; readonly expected: number; readonly value: number }
)

/** What the method gave; null for what JSON doesn't have. */
type Outcome = number | boolean | null

export const mapSubject: Subject<Remote<SharedMap<string, number>>, Request, Outcome> = {
  *requests(random) {
    let seen = 0
    for (;;) {
      const key = random.pick(keys) ?? 'a'
      const outcome = yield requestOf(random.below(8), key, seen, random.below(100))
      if (typeof outcome === 'number') seen = outcome
    }
  },

  async perform(map, request) {
    switch (request.kind) {
      case 'get':
        return (await map.get(request.key)) ?? null
      case 'delete':
        return map.delete(request.key)
      case 'increment':
        return map.increment(request.key)
      case 'set':
        await map.set(request.key, request.value)
        return null
      case 'compare and set':
        return map.compareAndSet(request.key, request.expected, request.value)
    }
  },

  check(records) {
    const calls = records.flatMap((record) => record.calls)
    let verdict: Verdict<unknown> = { isLinearizable: true }
    for (const key of keys) {
      if (!verdict.isLinearizable) break
      verdict = check(mapModel, calls.filter(({ request }) => request.key === key).map(operationOf))
    }
    return verdict
  },
}

function requestOf(choice: number, key: string, seen: number, value: number): Request {
  switch (choice) {
    case 0:
      return { key, kind: 'delete' }
    case 1:
      return { key, kind: 'set', value }
    case 2:
    case 3:
      return { key, kind: 'compare and set', expected: seen, value }
    case 4:
    case 5:
      return { key, kind: 'increment' }
    default:
      return { key, kind: 'get' }
  }
}

function operationOf({ request, calledAt, answer }: RecordedCall<Request, Outcome>): Operation<MapCall> | never {
  return { call: callOf(request, answer?.outcome), calledAt, returnedAt: answer?.at }
}

/** What nobody knows the outcome of changes the map, if it took place; that of a `get` is of no matter. */
function callOf(request: Request, outcome: Outcome | undefined): MapCall {
  const [sum, done] = [numberOf(outcome), typeof outcome === 'boolean' ? outcome : undefined]
  switch (request.kind) {
    case 'get':
      return { kind: 'get', value: sum }
    case 'delete':
      return { kind: 'delete', had: done }
    case 'increment':
      return { kind: 'increment', sum }
    case 'set':
      return { kind: 'set', value: request.value }
    case 'compare and set':
      return { kind: 'compare and set', expected: request.expected, value: request.value, isSet: done }
  }
}

function numberOf(outcome: Outcome | undefined): number | undefined {
  return typeof outcome === 'number' ? outcome : undefined
}
