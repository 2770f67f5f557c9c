import { isManagerError, ManagerError } from '../errors.ts'
import type { Client } from '../proxy/client.ts'
import { RemoteGenerator } from '../proxy/remote-streams.ts'
import { isProxy } from '../proxy/operations.ts'
import type { CallRecords, WatchCallsOptions } from '../server/call-record.ts'
import type { ReferentDetail, ServerInspection, SessionDetail } from '../server/inspection.ts'
import type { CallOptions } from '../session/wait.ts'

/**
 * What the servers of a manager hold at one moment, and what they do: lists are those of all, whose ids are each server's own, and
 * totals are sums. `load` is each server's.
 */
export interface Inspection extends Omit<ServerInspection, 'load'> {
  /** The part of each server, by its index; undefined for one that has ended, or wasn't asked. What there is but one of is that of the first part. */
  readonly servers: readonly (ServerInspection | undefined)[]
}

/** @throws (as a rejection) ManagerError `REFERENT_GONE`; and as `askNewer` */
export async function inspectReferent(client: Client, id: number, options?: CallOptions): Promise<ReferentDetail> {
  const answer = await askNewer(client, 'inspectReferent', [id], options)
  return withLists<ReferentDetail>(answer, ['names', 'sessions', 'members', 'calls'])
}

/** @throws (as a rejection) ManagerError `UNKNOWN_NAME`; and as `askNewer` */
export async function inspectSession(client: Client, id: string, options?: CallOptions): Promise<SessionDetail> {
  return withLists<SessionDetail>(await askNewer(client, 'inspectSession', [id], options), [
    'holds',
    'calls',
    'streams',
  ])
}

/** @throws (as a rejection) ManagerError `REFERENT_GONE`; and as `askNewer` */
export async function proxyOf(client: Client, id: number, options?: CallOptions): Promise<object> {
  const answer = await askNewer(client, 'proxyOf', [id], options)
  if (isProxy(answer)) return answer
  throw otherVersion('proxyOf')
}

/** Fails as `askNewer`, by its first `next`. */
export function watchCalls(
  client: Client,
  { typeid, method, session, referent, slowerThanMs, errors, signal }: WatchCallsOptions,
): AsyncGenerator<CallRecords, void, undefined> {
  const filter = [typeid, method, session, referent, slowerThanMs, errors]
  const watch = (): Promise<unknown> => askNewer(client, 'watchCalls', filter, signal && { signal })
  const options = { signal, timeoutMs: undefined, isStepwise: true }
  return new RemoteGenerator('watchCalls', watch, options) as AsyncGenerator<CallRecords, void, undefined>
}

/** Calls an operation that earlier versions don't have. @throws (as a rejection) ManagerError `PROTOCOL` for a server of those */
async function askNewer(
  client: Client,
  operation: string,
  args: readonly unknown[],
  options?: CallOptions,
): Promise<unknown> {
  try {
    return await client.ask(operation, args, options)
  } catch (error) {
    throw isManagerError(error, 'NOT_EXPOSED') ? otherVersion(operation, error) : error
  }
}

function withLists<T>(answer: unknown, lists: readonly (keyof T)[]): T {
  const told = Object(answer) as Partial<Record<keyof T, unknown>>
  if (!lists.every((name) => Array.isArray(told[name]))) throw otherVersion('inspection')
  return answer as T
}

function otherVersion(what: string, cause?: unknown): ManagerError {
  const message = `the server has no proper '${what}': it may be of another version`
  return new ManagerError('PROTOCOL', message, { cause })
}

/** What a server has answered. @throws ManagerError `PROTOCOL` for what one of another version, or a liar, has */
export function inspectionOf(answer: unknown): ServerInspection {
  const part = Object(answer) as Partial<Record<keyof ServerInspection, unknown>>
  const lists = [part.referents, part.types, part.sessions, part.pending]
  if (!lists.every(Array.isArray) || Object(part.totals) !== part.totals)
    throw new ManagerError('PROTOCOL', "the server doesn't tell what inspect shows: it may be of another version")
  return answer as ServerInspection
}

/** All parts as one. */
export function merged(first: ServerInspection, parts: readonly ServerInspection[]): Omit<Inspection, 'servers'> {
  const { serverId, pid, host, uptimeMs } = first
  const sum = (of: (part: ServerInspection) => number): number => parts.reduce((total, part) => total + of(part), 0)
  return {
    serverId,
    pid,
    host,
    uptimeMs,
    referents: parts.flatMap((part) => part.referents),
    types: typesOf(parts),
    sessions: parts.flatMap((part) => part.sessions),
    pending: parts.flatMap((part) => part.pending),
    totals: {
      referents: sum(({ totals }) => totals.referents),
      sessions: sum(({ totals }) => totals.sessions),
      calls: sum(({ totals }) => totals.calls),
      errors: sum(({ totals }) => totals.errors),
      pending: sum(({ totals }) => totals.pending),
    },
    truncated: parts.some(({ truncated }) => truncated),
  }
}

function typesOf(parts: readonly ServerInspection[]): ServerInspection['types'] {
  const counts = new Map<string, number>()
  for (const { types } of parts)
    for (const { typeid, count } of types) counts.set(typeid, (counts.get(typeid) ?? 0) + count)
  return Array.from(counts, ([typeid, count]) => ({ typeid, count })).toSorted((one, other) => other.count - one.count)
}
