import type { JSX } from 'preact'
import { counting, duration } from './format.ts'
import { labelOf, type Peers, peersOf, ReferentLink, SessionOf } from './links.tsx'
import type { Route } from './route.ts'
import { SimpleTable } from './simple-table.tsx'
import { Failed } from './failed.tsx'
import { useLook } from './use-look.ts'
import { type WaitGraph, waitGraphOf } from './wait-graph.ts'
import { WaitDrawing } from './wait-drawing.tsx'

/** Who waits for what, and who has that. */
export function Waits({ route: { server } }: { readonly route: Route }): JSX.Element {
  const { shown, failure } = useLook<'waits'>({ view: 'waits', server })
  const graph = waitGraphOf(shown?.pending ?? [])
  const stuck = graph.waits.filter(({ isStuck }) => isStuck)
  const peers = peersOf(shown?.sessions)
  return (
    <div class="waits">
      <Failed failure={failure} />
      <p class={stuck.length > 0 ? 'verdict bad' : 'verdict'} role="status">
        {shown === undefined ? '' : verdict(graph)}
        {shown?.isTruncated === true ? ' There is more than is shown.' : ''}
      </p>
      {graph.waits.length > 0 && <WaitDrawing graph={graph} peers={peers} server={server} />}
      <WaitTable graph={graph} peers={peers} server={server} none={shown === undefined ? '' : 'Nothing waits.'} />
    </div>
  )
}

function verdict({ waits }: WaitGraph): string {
  const stuck = waits.filter(({ isStuck }) => isStuck)
  if (stuck.length === 0) return `${counting(waits.length, 'call')} without an answer for a while.`
  const sessions = new Set(stuck.map(({ session }) => session)).size
  return `Deadlock: ${counting(sessions, 'session')} can't go on. Each waits for what another of them has.`
}

interface WaitTableProps {
  readonly graph: WaitGraph
  readonly peers: Peers
  readonly server: number
  readonly none: string
}

/** The same as the drawing, as a list. */
function WaitTable({ graph, peers, server, none }: WaitTableProps): JSX.Element {
  return (
    <SimpleTable
      caption="Who waits for whom"
      head={['Session', 'Calls', 'For', 'Held by', '']}
      numbers={[2]}
      none={none}
      rows={graph.waits.map(({ session, referent, method, ageMs, isStuck }, index) => {
        const row = graph.referents.find(({ id }) => id === referent)
        const holders = graph.holds.filter((hold) => hold.referent === referent)
        return {
          key: index,
          isBad: isStuck,
          cells: [
            <SessionOf id={session} server={server} peers={peers} />,
            <>
              <ReferentLink id={referent} text={row === undefined ? referent : labelOf(row)} server={server} />.{method}
            </>,
            duration(ageMs),
            holders.map((hold, place) => (
              <span>
                {place > 0 ? ', ' : ''}
                <SessionOf id={hold.session} server={server} peers={peers} /> for {duration(hold.ageMs)}
                {hold.what === undefined ? '' : `: ${hold.what}`}
                {hold.within === undefined ? '' : `, within ${hold.within}`}
              </span>
            )),
            isStuck ? 'deadlock' : '',
          ],
        }
      })}
    />
  )
}
