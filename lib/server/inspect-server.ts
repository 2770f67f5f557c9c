import { hostname } from 'node:os'
import type { ObjectTable } from '../host/object-table.ts'
import type { Referent } from '../host/referent.ts'
import { type Held, holdersOf } from '../inspected.ts'
import type { IncomingCall } from '../session/incoming-call.ts'
import type { PendingInspection, ReferentInspection, ServerInspection } from './inspection.ts'
import type { Sessions } from './sessions.ts'

/** More holders than these are not told of, such as those of a semaphore. */
const maxHolders = 20

type HeldAndDone = Omit<ServerInspection, 'serverId' | 'uptimeMs' | 'load'>

/** What a server holds and does, with at most so many in each list: what it takes is bounded by that. */
export function inspectServer(table: ObjectTable, sessions: Sessions, limit: number): HeldAndDone {
  const [referents, listed] = [table.first(limit), sessions.list(limit)]
  const calls = [...sessions.pendingCalls(limit + 1)]
  const types = [...table.counts].map(([{ typeid }, count]) => ({ typeid, count }))
  const totals = { referents: table.size, ...sessions.totals() }
  return {
    pid: process.pid,
    host: hostname(),
    referents: referents.map(describe),
    types: types.toSorted((one, other) => other.count - one.count).slice(0, limit),
    sessions: listed,
    pending: pendingOf(table, calls.slice(0, limit)),
    totals,
    truncated: totals.referents > limit || totals.sessions > limit || calls.length > limit || types.length > limit,
  }
}

function describe({ id, type, references, pins, running, gate, names }: Referent): ReferentInspection {
  const [name] = names
  return {
    id,
    typeid: type.typeid,
    references,
    pins,
    running,
    ...(gate === undefined ? {} : { queued: gate.waiting }),
    ...(name === undefined ? {} : { name }),
  }
}

function pendingOf(table: ObjectTable, calls: readonly (readonly [string, IncomingCall])[]): PendingInspection[] {
  const nowMs = performance.now()
  const byReferent = new Map<Referent, PendingInspection['calls'][number][]>()
  for (const [session, call] of calls) {
    const referent = table.get(call.request.to)
    if (referent === undefined) continue
    const told = { session, method: methodOf(call), ageMs: nowMs - call.sinceMs, isWaiting: call.isWaiting }
    const others = byReferent.get(referent)
    if (others === undefined) byReferent.set(referent, [told])
    else others.push(told)
  }
  return [...byReferent].map(([{ id, type, names, instance }, pending]) => {
    const [name] = names
    const holders = holdersAt(instance, nowMs)
    return {
      id,
      typeid: type.typeid,
      ...(name === undefined ? {} : { name }),
      calls: pending,
      ...(holders === undefined ? {} : { holders }),
    }
  })
}

function methodOf({ request }: IncomingCall): string {
  switch (request.kind) {
    case 'call':
      return request.method
    case 'get':
      return request.property
    case 'assign':
    case 'snapshot':
      return request.kind
  }
}

/** A class of the program's own may throw here: then it tells nothing. */
function holdersAt(instance: object, nowMs: number): PendingInspection['holders'] {
  try {
    if (!(holdersOf in instance)) return undefined
    const holders: { readonly session: string; readonly ageMs: number }[] = []
    for (const { session, sinceMs } of (instance as Held)[holdersOf]()) {
      if (holders.length === maxHolders) break
      holders.push({ session: session.id, ageMs: nowMs - sinceMs })
    }
    return holders
  } catch {
    return undefined
  }
}
