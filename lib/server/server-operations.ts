import type { Login, Welcome } from '../auth/handshake.ts'
import type { Nonces } from '../auth/proofs.ts'
import { ManagerError } from '../errors.ts'
import type { Narrowed } from '../host/narrowed.ts'
import type { Creation, Referent } from '../host/referent.ts'
import type { IncomingCall } from '../session/incoming-call.ts'
import { areCaveats } from '../wire/caveats.ts'
import { maxNameLength } from '../wire/limits.ts'
import type { TargetId } from '../wire/message.ts'
import { defaultLimit, maxLimit, type ReferentDetail, type ServerInspection, type SessionDetail } from './inspection.ts'
import type { CallFilter } from './call-record.ts'
import type { CallWatch } from './call-watch.ts'
import type { Referents } from './referents.ts'

/** What a server does for its sessions beyond what it hosts. */
export interface Administration {
  /**
   * @param limit of each list
   * @param find what the referents contain that are listed
   */
  inspect(limit: number, withLoad: boolean, find: string): ServerInspection
  /** @throws ManagerError `REFERENT_GONE` */
  inspectReferent(id: TargetId): ReferentDetail
  /** @throws ManagerError `UNKNOWN_NAME` */
  inspectSession(id: string): SessionDetail
  /** @throws ManagerError `OVERLOADED` */
  watchCalls(filter: CallFilter): CallWatch
  /** Starts the end of the server; the answer to the caller still leaves. */
  shutDown(): void
}

/** What the operations of one session are carried out with. */
interface Operated {
  readonly referents: Referents
  readonly administration: Administration
  readonly login: Pick<Login & Welcome, 'authority' | 'nonces'>
}

/**
 * Carries out what a session asks of the server itself.
 * @throws ManagerError `FORBIDDEN` where the session's credential is but a capability, `NOT_EXPOSED` for what isn't
 * an operation; and whatever the operation throws
 */
export function performOperation(call: IncomingCall, { referents, administration, login }: Operated): unknown {
  const { request } = call
  const operation = request.kind === 'call' ? request.method : request.kind
  if (operation !== 'attach' && login.authority !== 'all') throw forbidden(operation)
  switch (operation) {
    case 'create':
      return create(referents, call)
    case 'named':
      return named(referents, call)
    case 'lookup':
      return lookUp(referents, call)
    case 'forget':
      return referents.forget(text(call.args()[0]))
    case 'attach':
      return attach(referents, call, login.nonces)
    case 'inspect':
      return inspect(administration, call)
    case 'inspectReferent':
      return administration.inspectReferent(targetOf(call))
    case 'inspectSession':
      return administration.inspectSession(text(call.args()[0]))
    case 'watchCalls':
      return administration.watchCalls(filterOf(call))
    case 'proxyOf':
      return referents.find(targetOf(call))
    case 'shutdown':
      return administration.shutDown()
    default:
      throw new ManagerError('NOT_EXPOSED', `a server has no operation '${operation}'`)
  }
}

function create(referents: Referents, call: IncomingCall): Creation | Promise<Creation> {
  const [typeid, ...args] = call.args()
  call.begin(text(typeid), 'constructor', 'at once')
  return referents.create(text(typeid), args, call)
}

function named(referents: Referents, call: IncomingCall): Promise<Referent> {
  const [name, typeid, ...args] = call.args()
  call.begin(text(typeid), 'constructor', 'at once')
  return referents.named(text(name), text(typeid), args, call)
}

function lookUp(referents: Referents, call: IncomingCall): Referent | Promise<Referent> {
  const [name, waitMs] = call.args()
  if (typeof waitMs !== 'number') return referents.lookup(text(name))
  return referents.expect(text(name), waitMs, call.signal)
}

function attach(referents: Referents, call: IncomingCall, nonces: Nonces): Referent | Narrowed {
  const [id, proof, caveats = []] = call.args()
  if (typeof id !== 'number' || !areCaveats(caveats))
    throw new ManagerError('PROTOCOL', 'the reference to attach to is malformed')
  return referents.attach(id as TargetId, caveats, text(proof), nonces)
}

function inspect(administration: Administration, call: IncomingCall): ServerInspection {
  const [limit = defaultLimit, withLoad, find = ''] = call.args()
  if (typeof limit !== 'number' || !(limit >= 0))
    throw new ManagerError('PROTOCOL', 'the limit of an inspection is no number')
  return administration.inspect(Math.min(Math.trunc(limit), maxLimit), withLoad === true, text(find))
}

function filterOf(call: IncomingCall): CallFilter {
  const [typeid, method, session, referent, slowerThanMs, errors] = call.args()
  return {
    ...optional('typeid', typeid, text),
    ...optional('method', method, text),
    ...optional('session', session, text),
    ...optional('referent', referent, number),
    ...optional('slowerThanMs', slowerThanMs, number),
    errors: errors === true,
  }
}

function optional<Name extends string, T>(
  name: Name,
  value: unknown,
  check: (value: unknown) => T,
): { readonly [Key in Name]?: T } {
  return value === undefined ? {} : ({ [name]: check(value) } as { [Key in Name]: T })
}

function number(value: unknown): number {
  if (typeof value === 'number') return value
  throw new ManagerError('PROTOCOL', 'a number for the server is none')
}

function targetOf(call: IncomingCall): TargetId {
  const [id] = call.args()
  if (typeof id !== 'number') throw new ManagerError('PROTOCOL', 'the id of a referent is no number')
  return id as TargetId
}

function forbidden(operation: string): ManagerError {
  return new ManagerError(
    'FORBIDDEN',
    `'${operation}' needs the manager's authkey; this session was opened by a reference, which opens its referent only`,
  )
}

function text(value: unknown): string {
  if (typeof value === 'string' && value.length <= maxNameLength) return value
  throw new ManagerError('PROTOCOL', `a name for the server is no text of at most ${maxNameLength} characters`)
}
