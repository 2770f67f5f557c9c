import type { JSX } from 'preact'
import { counted, duration } from './format.ts'
import { labelOf, ReferentLink } from './links.tsx'
import { Facts } from './facts.tsx'
import type { Route } from './route.ts'
import { SimpleTable } from './simple-table.tsx'
import { Failed } from './failed.tsx'
import { useLook } from './use-look.ts'

/** One session: what it holds, what it waits for, and its streams. */
export function Session({ route: { server, item = '' } }: { readonly route: Route }): JSX.Element {
  const { shown, failure } = useLook<'session'>({ view: 'session', server, session: item })
  if (shown === undefined) return <Failed failure={failure} />
  const { session, holds, calls, streams } = shown.detail
  return (
    <div class="detail">
      <h2 class="title">Session {session.id}</h2>
      <Failed failure={failure} />
      <Facts
        facts={{
          Process: String(session.pid),
          Host: session.host ?? 'this machine',
          'Opened by': session.authority === 'all' ? 'the authkey' : 'a reference',
          Age: duration(session.ageMs),
          'Quiet for': duration(session.quietMs),
          Calls: counted(session.calls),
          Errors: counted(session.errors),
        }}
      />
      <SimpleTable
        caption="Calls without an answer"
        head={['Referent', 'Call', 'For', 'State']}
        numbers={[2]}
        none="None."
        rows={calls.map(({ method, ageMs, isWaiting, ...referent }, index) => ({
          key: index,
          cells: [
            <ReferentLink id={referent.id} text={labelOf(referent)} server={server} />,
            method,
            duration(ageMs),
            isWaiting ? 'in line' : 'running',
          ],
        }))}
      />
      <SimpleTable
        caption="Holds references to"
        head={['Referent', 'Typeid', 'References']}
        numbers={[2]}
        none="Nothing. Locks and items of queues that it has are on the pages of these."
        rows={holds.map(({ count, ...referent }, index) => ({
          key: index,
          cells: [
            <ReferentLink id={referent.id} text={labelOf(referent)} server={server} />,
            referent.typeid,
            counted(count),
          ],
        }))}
      />
      <SimpleTable
        caption="Streams"
        head={['Direction', 'Of', 'Items', 'Age']}
        numbers={[2, 3]}
        none="None."
        rows={streams.map(({ direction, typeid, method, items, ageMs }, index) => ({
          key: index,
          cells: [
            direction === 'out' ? 'to the session' : 'from the session',
            method === undefined ? '' : `${typeid ?? ''}.${method}`,
            counted(items),
            duration(ageMs),
          ],
        }))}
      />
    </div>
  )
}
