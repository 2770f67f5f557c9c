import type { JSX } from 'preact'
import type { CallRow, ServerRow } from '../lib/inspector/rows.ts'
import { callKey } from './call-table.tsx'
import { duration } from './format.ts'
import { serverLabel } from './links.tsx'

/** More can't be told apart. */
const maxShown = 100

interface WaterfallProps {
  readonly call: CallRow
  /** Among which the others of the chain are looked for. */
  readonly calls: readonly CallRow[]
  /** Where there are several. */
  readonly servers: readonly ServerRow[] | undefined
}

/** The calls of one chain, each below the one that it was made for, along the time. */
export function Waterfall({ call, calls, servers }: WaterfallProps): JSX.Element {
  const chain = chainOf(call, calls)
  const start = Math.min(...chain.map(({ startMs }) => startMs))
  const end = Math.max(...chain.map(({ startMs, durationMs }) => startMs + durationMs))
  const share = (ms: number): string => `${(100 * ms) / Math.max(end - start, 0.001)}%`
  return (
    <ol class="waterfall" aria-label="Chain of calls">
      {chain.map((each) => (
        <li key={callKey(each)} class={each.outcome === 'error' ? 'bad' : undefined}>
          <span class="what" style={{ paddingLeft: `${depth(each) * 14}px` }}>
            {each.typeid}.{each.method}{' '}
            <small>
              of {each.session}
              {servers === undefined ? '' : ` at server ${serverLabel(each.server, servers[each.server])}`}
            </small>
          </span>
          <span class="lane">
            <span class="bar" style={{ marginLeft: share(each.startMs - start), width: share(each.durationMs) }} />
          </span>
          <span class="took">{duration(each.durationMs)}</span>
        </li>
      ))}
    </ol>
  )
}

/** The call, what it was made for, and what was made for that. */
function chainOf(call: CallRow, calls: readonly CallRow[]): readonly CallRow[] {
  const root = call.callers?.[0] ?? call.callId
  if (root === undefined) return [call]
  const chain = calls.filter((each) => isOf(each, root))
  const all = chain.some((each) => callKey(each) === callKey(call)) ? chain : [...chain, call]
  return inOrder(all.toSorted((one, other) => one.startMs - other.startMs).slice(0, maxShown))
}

/** Each below the one that it was made for, and those that were made for the same in the order of their beginning: clocks differ. */
function inOrder(calls: readonly CallRow[]): readonly CallRow[] {
  const ordered: CallRow[] = []
  for (const call of calls.toSorted((one, other) => depth(one) - depth(other) || one.startMs - other.startMs)) {
    const caller = call.callers?.at(-1)
    const last = caller === undefined ? -1 : ordered.findLastIndex((each) => isOf(each, caller))
    ordered.splice(last < 0 ? ordered.length : last + 1, 0, call)
  }
  return ordered
}

/** Whether it is the call of this id, or was made for that. */
function isOf({ callId, callers = [] }: CallRow, id: string): boolean {
  return callId === id || callers.includes(id)
}

function depth({ callers = [] }: CallRow): number {
  return callers.length
}
