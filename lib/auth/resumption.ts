import { ManagerError } from '../errors.ts'
import { equalTexts } from '../platform/node.ts'
import type { Transport } from '../transport/transport.ts'
import { HandshakeChannel, type Line, numberOf, oneOf, textOf } from './handshake-channel.ts'
import { protocolVersion, readHello } from './hello.ts'
import { createNonce, type Nonces, proveResumption } from './proofs.ts'

/** What lets a session go on over another connection. Both sides derive it of what they proved at login; neither sends it. */
export interface Resumption {
  /** How long there may be no connection, in milliseconds. */
  readonly resumeMs: number
  /** The secret of that session alone. */
  readonly key: string
}

/** A session that a client would go on with. */
export interface ResumedSession {
  readonly serverId: string
  readonly sessionId: string
  readonly key: string
}

/** A session that a server would let go on. */
export interface ResumableSession {
  readonly key: string
  /** What it may do: that of the authkey isn't gone on with where the authkey would open none. */
  readonly authority: Transport['admits']
  /** The highest number of an attempt so far: those before it are no news, however late they arrive. */
  attempt: number
  /**
   * Takes the connection in place of the one before.
   * @param answer is told how many messages were read, before anything else is sent
   * @throws ManagerError `PROTOCOL`, `SESSION_LOST`
   */
  resume(connection: Transport, peerReceived: number, answer: (received: number) => void): void
}

/**
 * A client's part, over another connection: proves that it is the one of that session, and says how far it has read. Borrows
 * the transport. Resolves with how far the server has.
 * @param attempt greater than that of all attempts before
 * @throws ManagerError `AUTH_FAILED` (the server has no such session any more), `REFERENT_GONE` (another server has taken the
 * address), `OVERLOADED`, `PROTOCOL`, `SESSION_LOST`, `TIMEOUT`, `ABORTED`
 */
export async function resumeSession(
  transport: Transport,
  { serverId, sessionId, key }: ResumedSession,
  progress: { readonly attempt: number; readonly received: number },
  signal: AbortSignal,
): Promise<number> {
  const channel = new HandshakeChannel(transport, signal)
  const hello = await readHello(channel)
  if (hello.serverId !== serverId)
    throw new ManagerError(
      'REFERENT_GONE',
      `the server that had the session has ended, and another one is at ${transport.peer}`,
    )
  const nonces: Nonces = { client: createNonce(), server: hello.nonce, binding: transport.binding }
  const proof = proveResumption('client', key, sessionId, progress, nonces)
  channel.send({
    kind: 'resume',
    version: protocolVersion,
    nonce: nonces.client,
    session: sessionId,
    ...progress,
    proof,
  })
  const answer = await channel.receive()
  if (oneOf(answer, 'kind', 'resumed', 'refused') === 'refused')
    throw new ManagerError(answer['code'] === 'OVERLOADED' ? 'OVERLOADED' : 'AUTH_FAILED', textOf(answer, 'message'))
  const received = numberOf(answer, 'received')
  const expected = proveResumption('server', key, sessionId, { attempt: progress.attempt, received }, nonces)
  if (equalTexts(expected, textOf(answer, 'proof'))) return received
  throw new ManagerError('AUTH_FAILED', `what answers at ${transport.peer} does not know the session`)
}

/**
 * A server's part, once the client has said that it would go on with a session: hands the connection over to that.
 * @returns why not, which tells nobody whether there is such a session
 * @throws ManagerError `PROTOCOL`, `SESSION_LOST`
 */
export function admitAgain(
  channel: HandshakeChannel,
  transport: Transport,
  line: Line,
  nonces: Nonces,
  find: (sessionId: string) => ResumableSession | undefined,
): ManagerError | undefined {
  const sessionId = textOf(line, 'session')
  const progress = { attempt: numberOf(line, 'attempt'), received: numberOf(line, 'received') }
  const session = find(sessionId)
  const key = session?.key ?? createNonce()
  const isProved = equalTexts(proveResumption('client', key, sessionId, progress, nonces), textOf(line, 'proof'))
  if (session === undefined || !isProved || progress.attempt <= session.attempt) return unknownSession()
  if (session.authority === 'all' && transport.admits !== 'all') return unknownSession()
  session.attempt = progress.attempt
  session.resume(transport, progress.received, (received) => {
    const answer = { attempt: progress.attempt, received }
    channel.send({ kind: 'resumed', received, proof: proveResumption('server', key, sessionId, answer, nonces) })
  })
  return undefined
}

function unknownSession(): ManagerError {
  return new ManagerError('AUTH_FAILED', 'the server has no such session: it has ended, or was never yours')
}
