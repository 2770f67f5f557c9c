import { canSet, type Member } from '../decorators/member.ts'
import { ManagerError } from '../errors.ts'
import { CallIterator } from '../host/call-iterator.ts'
import type { Referent } from '../host/referent.ts'
import type { Streams } from '../session/streams.ts'
import { described, describe } from './inspect-server.ts'
import {
  defaultLimit,
  type MemberInspection,
  named,
  type PendingCall,
  type ReferentDetail,
  type SessionDetail,
  type StreamInspection,
} from './inspection.ts'
import type { Sessions } from './sessions.ts'
import { firstOf, holdersAt, stateAt } from './told.ts'

/** How many calls are looked at to find those of one referent. */
const maxScanned = 100_000

/** What is known of a referent. */
export function detailOf(referent: Referent, sessions: Sessions): ReferentDetail {
  const { type, names, instance } = referent
  const { snapshot = false } = type.hosting
  const [state, holders] = [stateAt(instance), holdersAt(instance)]
  const lists = {
    names: firstOf(names, defaultLimit),
    sessions: firstOf(sessions.holding(referent), defaultLimit),
    members: firstOf(type.members, defaultLimit),
    calls: firstOf(callsOf(referent, sessions), defaultLimit),
  }
  return {
    referent: describe(referent),
    names: lists.names.list,
    sessions: lists.sessions.list.map(([session, count]) => ({ session, count })),
    members: lists.members.list.map(([name, member]) => memberNamed(name, member)),
    canSnapshot: snapshot !== false,
    ...(state === undefined ? {} : { state }),
    ...(holders === undefined ? {} : { holders }),
    calls: lists.calls.list,
    truncated: Object.values(lists).some(({ isCut }) => isCut),
  }
}

/** What is known of a session. @throws ManagerError `UNKNOWN_NAME` where there is none of that id */
export function sessionDetailOf(id: string, sessions: Sessions): SessionDetail {
  const found = sessions.find(id)
  if (found === undefined) throw new ManagerError('UNKNOWN_NAME', `there is no session '${id}': it may be over`)
  const { inspection, session } = found
  const holds = firstOf(session.role.exports.held(), defaultLimit)
  const calls = firstOf(sessions.pendingCallsOf(id), defaultLimit)
  const streams = firstOf(streamsOf(session.streams), defaultLimit)
  return {
    session: inspection,
    holds: holds.list.map(([referent, count]) => ({ ...named(referent), count })),
    calls: calls.list.map(([, call, referent]) => ({ ...named(referent), ...described(call) })),
    streams: streams.list,
    truncated: holds.isCut || calls.isCut || streams.isCut,
  }
}

function memberNamed(name: string, { kind }: Member): MemberInspection {
  if (kind === 'method') return { name, kind }
  if (kind === 'generator') return { name, kind: 'method', isStream: true }
  return { name, kind: 'property', ...(canSet(kind) ? { isWritable: true } : {}) }
}

function* callsOf(referent: Referent, sessions: Sessions): Generator<PendingCall> {
  let left = maxScanned
  for (const [session, call, of] of sessions.pendingCalls()) {
    if (left-- === 0) return
    if (of === referent) yield { session, ...described(call) }
  }
}

function* streamsOf(streams: Streams): Generator<StreamInspection> {
  const nowMs = performance.now()
  for (const { source, items, sinceMs } of streams.outgoing()) {
    const { typeid, method } = source instanceof CallIterator ? source.call : {}
    const from = typeid === undefined || method === undefined ? {} : { typeid, method }
    yield { direction: 'out', ...from, items, ageMs: nowMs - sinceMs }
  }
  for (const { items, sinceMs } of streams.incoming()) yield { direction: 'in', items, ageMs: nowMs - sinceMs }
}
