import { attach, type Reference, type Remote } from 'referent'
import type { Item } from '../shelf.ts'

/** What became of the references that a process was handed. */
export interface Report {
  readonly touched: number
  readonly errors: readonly string[]
}

/** Opens each reference and calls its referent, for the first time. */
export function touchAll(references: readonly Reference<Item>[]): Promise<Report> {
  return report(references.map(async (reference) => touch(await attach(reference))))
}

export async function report(touches: readonly Promise<void>[]): Promise<Report> {
  const outcomes = await Promise.allSettled(touches)
  const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [String(outcome.reason)] : []))
  return { touched: outcomes.length - errors.length, errors }
}

export async function touch(item: Remote<Item>): Promise<void> {
  const touches = await item.touch()
  if (touches !== 1) throw new Error(`touched ${touches} times`)
}
