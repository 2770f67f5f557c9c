import type { Remote, SharedLock } from 'referent'
import { check } from './checker.ts'
import type { Operation } from './history.ts'
import { type LockCall, lockModel } from './lock-model.ts'
import type { Record, RecordedCall, Subject } from './subject.ts'

type Request =
  | { readonly kind: 'acquire'; readonly timeoutMs: number }
  | { readonly kind: 'see its token' }
  | { readonly kind: 'release' }

/** Whether it was acquired; the token; null for a release. */
type Outcome = boolean | number | null

export const lockSubject: Subject<Remote<SharedLock>, Request, Outcome> = {
  *requests(random) {
    for (;;) {
      const isAcquired = yield { kind: 'acquire', timeoutMs: random.below(2) * 5 }
      if (isAcquired !== true) continue
      for (let count = random.below(3); count > 0; count--) yield { kind: 'see its token' }
      yield { kind: 'release' }
    }
  },

  async perform(lock, request) {
    switch (request.kind) {
      case 'acquire':
        return lock.acquire({ timeoutMs: request.timeoutMs })
      case 'see its token':
        return (await lock.token) ?? null
      case 'release':
        await lock.release()
        return null
    }
  },

  check: (records) => check(lockModel, records.flatMap(operationsOf)),
}

/** With each process ends what it holds; one may come to the end of its calls as the holder. */
function operationsOf(record: Record<Request, Outcome>): Operation<LockCall>[] {
  const end = {
    call: { kind: 'ended', by: record.process },
    calledAt: lastMoment(record),
    returnedAt: undefined,
  } as const
  return [...record.calls.flatMap((call) => operationOf(record.process, call)), end]
}

function operationOf(by: number, { request, calledAt, answer }: RecordedCall<Request, Outcome>): Operation<LockCall>[] {
  // What nobody saw is of no matter.
  if (request.kind === 'see its token' && answer === undefined) return []
  return [{ call: callOf(by, request, answer?.outcome), calledAt, returnedAt: answer?.at }]
}

function callOf(by: number, request: Request, outcome: Outcome | undefined): LockCall {
  switch (request.kind) {
    case 'acquire':
      return { kind: outcome === false ? 'found held' : 'acquired', by }
    case 'see its token':
      return { kind: 'saw its token', by, token: typeof outcome === 'number' ? outcome : Number.NaN }
    case 'release':
      return { kind: 'released', by }
  }
}

/** It was alive then. */
function lastMoment({ calls }: Record<Request, Outcome>): bigint {
  const last = calls.at(-1)
  return last?.answer?.at ?? last?.calledAt ?? 0n
}
