import { setTimeout as pause } from 'node:timers/promises'
import { inspect } from 'node:util'
import { Dice } from './dice.ts'
import type { HostileOrder, Order, Report } from './orders.ts'
import { newOnset, type Onset } from './session-log.ts'
import { total } from './tally.ts'

/** In a replay, frames that take the other side so long are told of. */
const notedMs = 50

/** Runs one session with that seed, of so many frames at most. */
export type RunSession = (onset: Onset, lane: number, seed: number, mostFrames?: number) => Promise<void>

/** Runs sessions in some lanes until it is told to stop, or has sent so many frames. */
export async function runHostile(order: HostileOrder, runSession: RunSession): Promise<void> {
  const onset = newOnset(order.batchLength, (what) => tell({ kind: 'failed', what, latest: onset.latest.slice(-500) }))
  process.on('message', (said: Order) => {
    if (said === 'stop') onset.isStopped = true
    else tell({ kind: 'latest', latest: onset.latest })
  })
  const telling = setInterval(() => tell({ kind: 'tally', tally: onset.tally }), 250)
  tell({ kind: 'ready' })
  await (order.replay === undefined ? runLanes(order, onset, runSession) : replay(order.replay, onset, runSession))
  clearInterval(telling)
  tell({ kind: 'tally', tally: onset.tally })
  tell({ kind: 'done' })
}

async function runLanes(order: HostileOrder, onset: Onset, runSession: RunSession): Promise<void> {
  const isOver = (): boolean => onset.isStopped || total(onset.tally.frames) >= order.mostFrames
  const lanes = Array.from({ length: order.lanes }, async (_, lane) => {
    const seeds = new Dice(order.seed * 1009 + lane)
    while (!isOver()) await oneSession(() => runSession(onset, lane, seeds.nextSeed()), onset)
  })
  await Promise.all(lanes)
}

async function replay(
  sessions: NonNullable<HostileOrder['replay']>,
  onset: Onset,
  runSession: RunSession,
): Promise<void> {
  onset.settled = ({ session, frame, attack, text }, ms, isCut) => {
    if (ms < notedMs && !isCut) return
    const what = `${isCut ? 'cut' : 'answered'} after ${ms.toFixed(0)} ms`
    tell({ kind: 'noted', what: `session ${session}, frame ${frame}, '${attack}', ${what}: ${text}` })
  }
  for (const { seed, frames } of sessions) {
    if (!onset.isStopped) await oneSession(() => runSession(onset, 0, seed, frames), onset)
  }
}

async function oneSession(run: () => Promise<void>, onset: Onset): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (onset.isStopped) return
    onset.failed(inspect(error))
    await pause(200)
  }
}

export function tell(report: Report): void {
  process.send?.(report, () => undefined)
}
