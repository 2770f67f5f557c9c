import { isManagerError, type Remote, type SharedQueue } from 'referent'
import { check } from './checker.ts'
import type { Operation } from './history.ts'
import { type QueueCall, queueModel } from './queue-model.ts'
import type { Record, RecordedCall, Subject } from './subject.ts'

export const queueSize = 4

type Request =
  | { readonly kind: 'put'; readonly item: string; readonly timeoutMs: number }
  | { readonly kind: 'get'; readonly timeoutMs: number }

/** The item that was put or got; null where the queue was found full or empty. */
type Outcome = string | null

export const queueSubject: Subject<Remote<SharedQueue<string>>, Request, Outcome> = {
  *requests(random, process) {
    for (let count = 0; ; count++) {
      const timeoutMs = random.below(2) * 5
      yield random.below(2) === 0 ? { kind: 'put', item: `${process}.${count}`, timeoutMs } : { kind: 'get', timeoutMs }
    }
  },

  async perform(queue, request) {
    const { timeoutMs } = request
    try {
      if (request.kind === 'get') return await queue.get({ timeoutMs })
      await queue.put(request.item, { timeoutMs })
      return request.item
    } catch (error) {
      if (isManagerError(error, request.kind === 'get' ? 'QUEUE_EMPTY' : 'QUEUE_FULL')) return null
      throw error
    }
  },

  check: (records) => check(queueModel(queueSize), records.flatMap(operationsOf)),
}

function operationsOf({ process, calls, wasKilled }: Record<Request, Outcome>): Operation<QueueCall>[] {
  const last = calls.findLastIndex(({ answer }) => answer !== undefined)
  return calls.flatMap((call, index) => {
    if (call.answer === undefined) return pending(call, `${process}`)
    // Whether it said that it had the last one, before it was killed, nobody knows.
    if (wasKilled && index === last) return lastOf(call, call.answer, `${process}`)
    return [operation(call, resultOf(call.request, call.answer.outcome))]
  })
}

function resultOf({ kind }: Request, outcome: Outcome): QueueCall {
  if (kind === 'put') return outcome === null ? { kind: 'found full' } : { kind: 'put', item: outcome }
  return outcome === null ? { kind: 'found empty' } : { kind: 'got', item: outcome }
}

function pending(call: RecordedCall<Request, Outcome>, by: string): Operation<QueueCall>[] {
  const { request } = call
  if (request.kind === 'put') return [operation(call, { kind: 'put', item: request.item })]
  return [
    operation(call, { kind: 'took', by: `${by} pending` }),
    operation(call, { kind: 'gave back', by: `${by} pending` }),
  ]
}

function lastOf(
  call: RecordedCall<Request, Outcome>,
  { outcome }: { readonly outcome: Outcome },
  by: string,
): Operation<QueueCall>[] {
  if (call.request.kind === 'put' || outcome === null) return [operation(call, resultOf(call.request, outcome))]
  const giving = operation({ ...call, answer: undefined }, { kind: 'gave back', by: `${by} last` })
  return [operation(call, { kind: 'took', by: `${by} last`, item: outcome }), giving]
}

function operation({ calledAt, answer }: RecordedCall<Request, Outcome>, call: QueueCall): Operation<QueueCall> {
  return { call, calledAt, returnedAt: answer?.at }
}
