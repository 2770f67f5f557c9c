import { hostname } from 'node:os'
import type { ObjectTable } from '../host/object-table.ts'
import type { HostedType, Referent } from '../host/referent.ts'
import type { IncomingCall } from '../session/incoming-call.ts'
import { methodOf } from '../session/traced-calls.ts'
import {
  named,
  type PendingCall,
  type PendingInspection,
  type ReferentInspection,
  type ServerInspection,
} from './inspection.ts'
import type { SessionCall, Sessions } from './sessions.ts'
import { firstOf, holdersAt } from './told.ts'

/** How many referents are looked at to find some. */
const maxScanned = 100_000

type HeldAndDone = Omit<ServerInspection, 'serverId' | 'uptimeMs' | 'load'>

/**
 * What a server holds and does, with at most so many in each list: what it takes is bounded by that, and by what is looked at
 * to find some.
 */
export function inspectServer(table: ObjectTable, sessions: Sessions, limit: number, find: string): HeldAndDone {
  const found = findReferents(table, limit, find)
  const listed = sessions.list(limit)
  const calls = firstOf(sessions.pendingCalls(), limit)
  const types = [...table.counts].map(([{ typeid }, count]) => ({ typeid, count }))
  const totals = { referents: table.size, ...sessions.totals() }
  return {
    pid: process.pid,
    host: hostname(),
    referents: found.list.map(describe),
    types: types.toSorted((one, other) => other.count - one.count).slice(0, limit),
    sessions: listed,
    pending: pendingOf(calls.list),
    totals,
    truncated: found.isCut || totals.sessions > limit || calls.isCut || types.length > limit,
  }
}

export function describe(referent: Referent): ReferentInspection {
  const { id, typeid, ...name } = named(referent)
  const { sinceMs, references, pins, running, gate } = referent
  return {
    id,
    typeid,
    ageMs: performance.now() - sinceMs,
    references,
    pins,
    running,
    ...(gate === undefined ? {} : { queued: gate.waiting }),
    ...name,
  }
}

export function described(call: IncomingCall): Omit<PendingCall, 'session'> {
  return {
    method: methodOf(call.request),
    ageMs: performance.now() - call.sinceMs,
    isWaiting: call.isWaiting,
  }
}

function findReferents(table: ObjectTable, limit: number, find: string): ReturnType<typeof firstOf<Referent>> {
  if (find === '') return firstOf(table.inOrder(), limit)
  let isCut = table.size > maxScanned
  const wanted = firstOf(matching(table, find.toLowerCase()), limit)
  isCut ||= wanted.isCut
  return { list: wanted.list, isCut }
}

/** Those among the first that contain the text, which is in lower case. */
function* matching(table: ObjectTable, text: string): Generator<Referent> {
  const types = new Map<HostedType, boolean>()
  let left = maxScanned
  for (const referent of table.inOrder()) {
    if (left-- === 0) return
    const { type, names, id } = referent
    const ofType = types.get(type) ?? type.typeid.toLowerCase().includes(text)
    types.set(type, ofType)
    const isFound = ofType || String(id).includes(text) || [...names].some((name) => name.toLowerCase().includes(text))
    if (isFound) yield referent
  }
}

function pendingOf(calls: Iterable<SessionCall>): PendingInspection[] {
  const byReferent = new Map<Referent, PendingCall[]>()
  for (const [session, call, referent] of calls) {
    const others = byReferent.get(referent)
    const told = { session, ...described(call) }
    if (others === undefined) byReferent.set(referent, [told])
    else others.push(told)
  }
  return [...byReferent].map(([referent, pending]) => {
    const holders = holdersAt(referent.instance)
    return { ...named(referent), calls: pending, ...(holders === undefined ? {} : { holders }) }
  })
}
