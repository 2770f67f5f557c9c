import type { JSX } from 'preact'
import type { CallRow, ServerRow } from '../lib/inspector/rows.ts'
import { duration } from './format.ts'
import { labelOf, ReferentLink, serverLabel, SessionLink } from './links.tsx'
import { SimpleTable } from './simple-table.tsx'

const columns = ['Referent', 'Call', 'Session', 'Took', 'Waited', 'Outcome']

interface CallTableProps {
  readonly caption: string
  readonly calls: readonly CallRow[]
  /** Those that the calls may be of, where it is said of each. */
  readonly servers?: readonly ServerRow[] | undefined
  readonly chosen?: CallRow | undefined
  readonly choose?: (call: CallRow) => void
}

/** Which call it is. A server numbers those of each watch. */
export function callKey({ server, seq, startMs }: CallRow): string {
  return `${server} ${seq} ${startMs}`
}

export function CallTable({ caption, calls, servers, chosen, choose }: CallTableProps): JSX.Element {
  const chosenKey = chosen === undefined ? undefined : callKey(chosen)
  return (
    <SimpleTable
      caption={caption}
      head={['At', ...(servers === undefined ? [] : ['Server']), ...columns]}
      numbers={servers === undefined ? [4, 5] : [5, 6]}
      none="None so far."
      rows={calls.map((call) => {
        const { server, referent, typeid, name, method, session, startMs, durationMs, waitedMs, outcome, error } = call
        const key = callKey(call)
        return {
          key,
          isBad: outcome === 'error',
          cells: [
            clock(startMs),
            ...(servers === undefined ? [] : [serverLabel(server, servers[server])]),
            <ReferentLink
              id={referent}
              text={labelOf({ id: referent, typeid, ...(name === undefined ? {} : { name }) })}
              server={server}
            />,
            choose === undefined ? (
              method
            ) : (
              <button type="button" class="plain" aria-pressed={chosenKey === key} onClick={() => choose(call)}>
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
