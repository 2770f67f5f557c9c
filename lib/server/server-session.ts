import type { Login, Welcome } from '../auth/handshake.ts'
import { createCodec, type Serializer } from '../codec/codec.ts'
import type { ManagerError } from '../errors.ts'
import { ImportTable } from '../proxy/import-table.ts'
import { SessionRole } from '../proxy/session-role.ts'
import { tellSession, tellUnhandled, type UnhandledFailure } from '../session-events.ts'
import type { SessionSettings } from '../session/session-options.ts'
import { Session } from '../session/session.ts'
import type { Transport } from '../transport/transport.ts'
import { PeerProcess } from '../transport/peer-process.ts'
import type { RequestMessage } from '../wire/message.ts'
import type { Referents } from './referents.ts'
import { type Administration, ServerOperations } from './server-operations.ts'

export interface ServerSessionOptions {
  readonly referents: Referents
  readonly administration: Administration
  readonly settings: Readonly<Record<Login['authority'], SessionSettings>>
  readonly exposeStacks: boolean | 'authkey'
  readonly serializer: Serializer
  /** Why the server doesn't take a request at the moment, if that is so. */
  readonly refusal: (request: RequestMessage) => ManagerError | undefined
  /** Where the server listens, if it does. */
  readonly address: string | undefined
  /** Told once, when all that the session held has been given back. */
  readonly ended: () => void
  /** Is told of calls that failed and whose promises nobody had taken. */
  readonly unhandled: ((failure: UnhandledFailure) => void) | undefined
}

/** Serves a client that has logged in on the transport, which this takes. */
export function serveSession(transport: Transport, login: Login & Welcome, options: ServerSessionOptions): Session {
  const { referents, administration, settings, exposeStacks, serializer, refusal, address, ended, unhandled } = options
  const sides = { side: 'server', address, session: login.sessionId, pid: login.pid } as const
  tellSession({ kind: 'opened', ...sides, authority: login.authority })
  const operations = new ServerOperations(referents, administration, login)
  const own = settings[login.authority]
  const hidesStacks = exposeStacks === 'authkey' ? login.authority !== 'all' : !exposeStacks
  return new Session(
    transport,
    createCodec({ serializer, hidesStacks, maxTextBytes: () => transport.maxTextBytes, maxParts: own.limits.maxParts }),
    own,
    (session) => {
      return new SessionRole(session, {
        table: referents.table,
        types: referents.hostable,
        imports: new ImportTable({
          end: () => session.end,
          classOf: (typeid) => referents.types.classOf(typeid),
          unhandled: (failure) => {
            const told = { ...failure, session: login.sessionId, pid: login.pid }
            tellUnhandled(told)
            unhandled?.(told)
          },
        }),
        session: { id: login.sessionId, pid: login.pid },
        process: new PeerProcess(login.pid),
        open: (reference, shape) => referents.openReference(reference, shape),
        refusal,
        perform: (call) => operations.perform(call),
        ended: (error) => {
          tellSession({ ...sides, ...endingOf(error) })
          ended()
        },
      })
    },
  )
}

/** A client that was killed looks like one that has closed: it, too, ends without an error. */
function endingOf(
  error: ManagerError,
): { readonly kind: 'closed' } | { readonly kind: 'lost'; readonly error: unknown } {
  return error.cause === undefined ? { kind: 'closed' } : { kind: 'lost', error }
}
