import type { JSX } from 'preact'
import type { CallRow } from '../lib/inspector/rows.ts'
import { duration } from './format.ts'

interface WaterfallProps {
  readonly call: CallRow
  /** Among which the others of the chain are looked for. */
  readonly calls: readonly CallRow[]
}

/** The calls of one chain, each below the one that it was made for, along the time. */
export function Waterfall({ call, calls }: WaterfallProps): JSX.Element {
  const chain = chainOf(call, calls)
  const start = Math.min(...chain.map(({ startMs }) => startMs))
  const end = Math.max(...chain.map(({ startMs, durationMs }) => startMs + durationMs))
  const share = (ms: number): string => `${(100 * ms) / Math.max(end - start, 0.001)}%`
  return (
    <ol class="waterfall" aria-label="Chain of calls">
      {chain.map(({ seq, session, typeid, method, startMs, durationMs, callers = [], outcome }) => (
        <li key={seq} class={outcome === 'error' ? 'bad' : undefined}>
          <span class="what" style={{ paddingLeft: `${callers.length * 14}px` }}>
            {typeid}.{method} <small>{session}</small>
          </span>
          <span class="lane">
            <span class="bar" style={{ marginLeft: share(startMs - start), width: share(durationMs) }} />
          </span>
          <span class="took">{duration(durationMs)}</span>
        </li>
      ))}
    </ol>
  )
}

/** The call, what it was made for, and what was made for that, the outermost first. */
function chainOf(call: CallRow, calls: readonly CallRow[]): readonly CallRow[] {
  const root = call.callers?.[0] ?? call.callId
  if (root === undefined) return [call]
  const chain = calls.filter(({ callId, callers = [] }) => callId === root || callers.includes(root))
  const all = chain.some(({ seq }) => seq === call.seq) ? chain : [...chain, call]
  return all.toSorted((one, other) => one.startMs - other.startMs || depth(one) - depth(other)).slice(0, 100)
}

function depth({ callers = [] }: CallRow): number {
  return callers.length
}
