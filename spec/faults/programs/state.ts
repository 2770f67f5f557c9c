import { setTimeout as pause } from 'node:timers/promises'
import { callSignal } from './call-signal.ts'
import { describe } from './describe.ts'
import type { RemoteSubject } from './subject.ts'

export const sessionStates = ['idle', 'call pending', 'stream open', 'callback running'] as const

/** What a session is at when its fault comes. */
export type SessionState = (typeof sessionStates)[number]

/**
 * To be asked once, after the fault: how what the session was at has ended, as `describe` says it. Where the session is
 * to be lost, an idle one is called until it is.
 */
export type Outcome = (isLost: boolean) => Promise<string>

/** Brings a session to a state. Resolves when the server knows of it. */
export async function enter(state: SessionState, subject: RemoteSubject): Promise<Outcome> {
  const outcome = await begin(state, subject)
  // Calls begin in the order of their coming.
  await subject.ping()
  return outcome
}

async function begin(state: SessionState, subject: RemoteSubject): Promise<Outcome> {
  switch (state) {
    case 'idle':
      return (isLost) => (isLost ? firstNotSent(subject) : describe(subject.ping()))
    case 'call pending':
      return asked(describe(subject.call()))
    case 'stream open':
      return beginStream(subject)
    case 'callback running':
      return beginCallback(subject)
  }
}

/** Nothing tells an idle session's holder that it has ended: the next call does. */
async function firstNotSent(subject: RemoteSubject): Promise<string> {
  for (;;) {
    const outcome = await describe(subject.ping())
    if (outcome !== 'pong' && !outcome.endsWith(' unknown')) return outcome
    await pause(10)
  }
}

async function beginStream(subject: RemoteSubject): Promise<Outcome> {
  const items = subject.stream()
  await items.next()
  const next = items.next().then(({ value }): unknown => value)
  return asked(describe(next))
}

async function beginCallback(subject: RemoteSubject): Promise<Outcome> {
  let [begun, ended] = [(): void => undefined, (): void => undefined]
  const beginning = new Promise<void>((resolve) => (begun = resolve))
  const end = new Promise<void>((resolve) => (ended = resolve))
  const callback = async (): Promise<string> => {
    const signal = callSignal()
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    const answering = describe(subject.call())
    begun()
    const answer = await answering
    // Who runs a callback for a session that is lost is told so.
    if (answer !== 'answered') await aborted
    ended()
    return answer
  }
  const outcome = describe(subject.callBack(callback))
  await beginning
  return async () => {
    await end
    return outcome
  }
}

function asked(outcome: Promise<string>): Outcome {
  return () => outcome
}
