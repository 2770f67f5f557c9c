import type { Welcome } from '../auth/handshake.ts'
import { resumeSession } from '../auth/resumption.ts'
import { runOutsideCalls } from '../call-context.ts'
import { ResumableTransport, type ResumableOptions, type Resumed } from '../transport/resumable-transport.ts'
import type { Transport } from '../transport/transport.ts'
import { openAgain, pause } from './attempts.ts'

/** How long the first attempt may take: on a way that drops packets, another connection is sooner there than the next try of this one. */
const firstLimitMs = 2000

/** After a connection over which nothing came or went, the next one waits, longer each time. */
const longestPauseMs = 100

/**
 * The transport of a session that was opened over a connection, which this takes: one that outlives the connection, where the
 * server has agreed to that.
 * @param connect makes another connection
 */
export function outliving(
  connection: Transport,
  { serverId, sessionId, resumption }: Welcome,
  connect: (signal: AbortSignal) => Promise<Transport>,
  options: Pick<ResumableOptions, 'maxKeptBytes' | 'changed'>,
): Transport {
  if (resumption === undefined) return connection
  const { resumeMs, key } = resumption
  let attempt = 0
  let [read, pauseMs] = [-1, 0]
  const dial = async (received: number, signal: AbortSignal): Promise<Resumed> => {
    const progress = { attempt: ++attempt, received }
    const another = await connect(signal)
    another.unref()
    try {
      const session = { serverId, sessionId, key }
      const peerReceived = await resumeSession(another, session, progress, signal)
      pauseMs = received + peerReceived > read ? 0 : Math.min(2 * pauseMs + 1, longestPauseMs)
      read = received + peerReceived
      return { connection: another, received: peerReceived }
    } catch (error) {
      another.destroy()
      throw error
    }
  }
  const redial = (received: number, signal: AbortSignal): Promise<Resumed> =>
    runOutsideCalls(async () => {
      if (pauseMs > 0) await pause(pauseMs, signal)
      return openAgain((limit) => dial(received, limit), { withinMs: resumeMs, signal, firstLimitMs })
    })
  return new ResumableTransport(connection, { ...options, resumeMs, redial })
}
