import type { JSX } from 'preact'
import type { CallRow } from '../lib/inspector/rows.ts'
import { duration } from './format.ts'
import { labelOf, ReferentLink, SessionLink } from './links.tsx'
import { SimpleTable } from './simple-table.tsx'

interface CallTableProps {
  readonly caption: string
  readonly calls: readonly CallRow[]
  readonly server: number
  readonly chosen?: CallRow | undefined
  readonly choose?: (call: CallRow) => void
}

export function CallTable({ caption, calls, server, chosen, choose }: CallTableProps): JSX.Element {
  return (
    <SimpleTable
      caption={caption}
      head={['At', 'Referent', 'Call', 'Session', 'Took', 'Waited', 'Outcome']}
      numbers={[4, 5]}
      none="None so far."
      rows={calls.map((call) => {
        const { seq, referent, typeid, name, method, session, startMs, durationMs, waitedMs, outcome, error } = call
        return {
          key: seq,
          isBad: outcome === 'error',
          cells: [
            clock(startMs),
            <ReferentLink
              id={referent}
              text={labelOf({ id: referent, typeid, ...(name === undefined ? {} : { name }) })}
              server={server}
            />,
            choose === undefined ? (
              method
            ) : (
              <button type="button" class="plain" aria-pressed={chosen?.seq === seq} onClick={() => choose(call)}>
                {method}
              </button>
            ),
            <SessionLink id={session} server={server} />,
            duration(durationMs),
            waitedMs === undefined ? '' : duration(waitedMs),
            error === undefined ? outcome : `${error.code ?? error.name}: ${error.message}`,
          ],
        }
      })}
    />
  )
}

function clock(ms: number): string {
  const date = new Date(ms)
  return `${date.toLocaleTimeString('en-GB')}.${String(date.getMilliseconds()).padStart(3, '0')}`
}
