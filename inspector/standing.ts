import type { ReferentDetailRow } from '../lib/inspector/rows.ts'
import { counting, duration } from './format.ts'
import { type Peers, processOf } from './links.tsx'

/** More of those that have something are in the table below. */
const maxTold = 3

/**
 * How an object stands, in sentences: who has it, who waits for it, and what that waits for. None where it tells nothing of that.
 */
export function standingOf(detail: ReferentDetailRow, peers: Peers): readonly string[] {
  const { state = {}, holders = [] } = detail
  if ('takers' in state) return ofQueue(detail, peers)
  if ('held' in state || 'isLocked' in state) return ofLock(detail, peers)
  return [
    ...holders
      .slice(0, maxTold)
      .map((holder) => `${who(holder, peers)} has had ${holder.what ?? 'it'}${since(holder)}.`),
    ...more(holders),
  ]
}

type Holders = NonNullable<ReferentDetailRow['holders']>

function ofLock({ state = {}, holders = [] }: ReferentDetailRow, peers: Peers): readonly string[] {
  const what = 'value' in state ? 'a permit' : 'it'
  const waiting = countOf(state['waiting'])
  return [
    ...(holders.length === 0 ? [`Nobody has ${what}.`] : []),
    ...holders
      .slice(0, maxTold)
      .map((holder) => `${who(holder, peers)} has had ${what}${since(holder)}${within(holder)}.`),
    ...more(holders),
    waiting === 0 ? 'Nobody waits for it.' : `${waits(waiting)} for it.`,
  ]
}

function ofQueue({ state = {}, holders = [] }: ReferentDetailRow, peers: Peers): readonly string[] {
  const { length, unacked, takers, putters, joiners } = countsOf(state)
  const underway = holders.length === 0 ? unacked : 0
  return [
    items(length, takers),
    ...holders.slice(0, maxTold).map((holder) => taken(holder, peers)),
    ...more(holders),
    ...(underway === 0 ? [] : [`${counting(underway, 'item')} on the way to who took them.`]),
    ...(putters === 0 ? [] : [`${waits(putters)} to put more, as there is no room.`]),
    ...(joiners === 0 ? [] : [`${waits(joiners)} in join until all items are done.`]),
    ...(state['isClosed'] === true ? ['It is closed: nothing more can be put.'] : []),
  ]
}

function items(length: number, takers: number): string {
  if (length === 0)
    return takers === 0 ? 'The queue is empty.' : `The queue is empty, and ${waits(takers)} for an item.`
  const there = `${counting(length, 'item')} in the queue`
  return takers === 0
    ? `${there}, and no call waits to take one: its consumers are busy, stuck, or not there.`
    : `${there}, and ${waits(takers)} for one.`
}

function taken(holder: Holders[number], peers: Peers): string {
  const { what = 'items', ageMs } = holder
  const [when, which] = what === '1 item' ? ['', 'it'] : [', the oldest', 'them']
  return `${who(holder, peers)} took ${what}${when} ${duration(ageMs)} ago, and has not acknowledged ${which}.`
}

function countsOf(state: NonNullable<ReferentDetailRow['state']>) {
  const of = (name: string): number => countOf(state[name])
  return {
    length: of('length'),
    unacked: of('unacked'),
    takers: of('takers'),
    putters: of('putters'),
    joiners: of('joiners'),
  }
}

function countOf(value: unknown): number {
  return typeof value === 'number' ? value : 0
}

function who({ session }: Holders[number], peers: Peers): string {
  return `Session ${session} (${processOf(peers.get(session))})`
}

function since({ ageMs }: Holders[number]): string {
  return ` for ${duration(ageMs)}`
}

function within({ within: around }: Holders[number]): string {
  return around === undefined ? '' : `, within ${around}`
}

function more(holders: Holders): readonly string[] {
  const rest = holders.length - maxTold
  return rest > 0 ? [`And ${rest} more, in the table below.`] : []
}

function waits(count: number): string {
  return `${counting(count, 'call')} ${count === 1 ? 'waits' : 'wait'}`
}
