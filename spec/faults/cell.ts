import type { SessionState } from './programs/state.ts'

export const faults = [
  'SIGKILL',
  'SIGSTOP',
  'SIGTERM',
  'SIGINT',
  'process.exit in a method',
  "an uncaught error in a method's timer",
  'socket cut',
  'half a frame, then silence',
] as const

export type Fault = (typeof faults)[number]

export type State = SessionState | 'shutdown running'

/**
 * How a call of those that are left ends.
 *
 * - `lost`: `SESSION_LOST`; what was pending is of `unknown` delivery, what comes later `not-sent`
 * - `shut down`: `SHUTTING_DOWN`, with the same deliveries; or thrown by the method, whose own call was given up
 * - `lost or shut down`: whichever of the two is noticed first
 * - `answered`: as if nothing had happened
 */
export type Fate = 'lost' | 'shut down' | 'lost or shut down' | 'answered'

export interface Expectation {
  /** What users see, as the end of a sentence that begins with the fault. */
  readonly says: string
  readonly calls: Fate
  /** Whether the process of the server has ended then. */
  readonly server: 'ends' | 'lives'
  /** How long it takes until all that was pending is settled; 0 is at once. */
  readonly withinMs: number
}

/** A combination that can't come about, or means nothing, and why. */
export interface Impossible {
  readonly impossible: string
}

export type Cell = Expectation | Impossible

export type Row = Readonly<Record<State, Cell>>

/** What is expected of each fault of one party, whatever it is at. */
export type Table = Readonly<Record<Fault, Row>>

/** What calls may end with, as `describe` says it. */
export function outcomesOf(calls: Fate, state: State): readonly string[] {
  const delivery = state === 'idle' ? 'not-sent' : 'unknown'
  switch (calls) {
    case 'lost':
      return [`SESSION_LOST ${delivery}`]
    case 'shut down':
      return shutDown(state, delivery)
    case 'lost or shut down':
      return [`SESSION_LOST ${delivery}`, ...shutDown(state, delivery)]
    case 'answered':
      return [state === 'idle' ? 'pong' : 'answered']
  }
}

function shutDown(state: State, delivery: string): string[] {
  return [`SHUTTING_DOWN ${delivery}`, ...(state === 'callback running' ? ['SHUTTING_DOWN done'] : [])]
}
