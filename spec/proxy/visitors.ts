import { assign, Process, type Remote, snapshot } from 'referent'
import type { Keeper } from './keeper.ts'

/** A process that has a keeper alone, and does all that can be done with what it keeps. */
export function startVisitor(keeper: Remote<Keeper>): Process {
  const visitor = new Process(visit, [keeper])
  visitor.start()
  return visitor
}

export async function visit(keeper: Remote<Keeper>): Promise<void> {
  const tally = await keeper.kept()
  if (tally === undefined) throw new Error('nothing is kept')
  await tally.add(5)
  await assign(tally, { total: (await tally.total) * 10 })
  const { owner } = await snapshot(tally)
  if (owner !== 'spec') throw new Error(`the tally of ${String(owner)}`)
  for await (const number of tally.upTo(1_000_000)) if (number === 3) break
}

/** A process that lends a tally of its own, until it is ended. */
export function startLender(keeper: Remote<Keeper>): Process {
  const lender = new Process(lend, [keeper])
  lender.start()
  return lender
}

export async function lend(keeper: Remote<Keeper>): Promise<void> {
  const { Tally } = await import('./keeper.ts')
  await keeper.keep(new Tally('lender'))
  await new Promise(() => undefined)
}
