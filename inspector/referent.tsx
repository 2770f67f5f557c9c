import type { JSX } from 'preact'
import { useContext, useState } from 'preact/hooks'
import type { ReferentDetailRow } from '../lib/inspector/rows.ts'
import { CallTable } from './call-table.tsx'
import { Facts } from './facts.tsx'
import { counted, duration } from './format.ts'
import { SessionLink } from './links.tsx'
import { AskMember, AskSnapshot } from './ask-member.tsx'
import type { Route } from './route.ts'
import { SimpleTable } from './simple-table.tsx'
import { Failed } from './table.tsx'
import { LinkContext, type ShownOf, useLook } from './use-look.ts'

/** How many calls and changes the page keeps. */
const kept = 200

function together(before: ShownOf<'referent'> | undefined, now: ShownOf<'referent'>): ShownOf<'referent'> {
  if (before === undefined) return now
  return {
    ...now,
    calls: [...before.calls, ...now.calls].slice(-kept),
    changes: [...before.changes, ...now.changes].slice(-kept),
    missed: before.missed + now.missed,
  }
}

/** One referent: who holds it, who waits for it, what it tells of itself, and its calls as they come. */
export function Referent({ route: { server, item } }: { readonly route: Route }): JSX.Element {
  const [isWatched, watch] = useState(false)
  const allowsCalls = useContext(LinkContext)?.allowsCalls === true
  const referent = Number(item)
  const id = Number.isSafeInteger(referent) && referent > 0 ? referent : 0
  const { shown, failure } = useLook<'referent'>({ view: 'referent', server, referent: id, isWatched }, together)
  if (shown === undefined) return <Failed failure={failure} />
  const { detail, calls, changes } = shown
  const { name, typeid } = detail.referent
  return (
    <div class="detail">
      <h2 class="title">
        {name ?? `${typeid} ${id}`} <small>{name === undefined ? '' : `${typeid} ${id}`}</small>
      </h2>
      <Failed failure={failure} />
      <Facts facts={factsOf(detail)} />
      <Holders detail={detail} server={server} />
      <Waiting detail={detail} server={server} />
      {detail.canSnapshot && <AskSnapshot server={server} referent={id} />}
      {allowsCalls && <AskMember server={server} referent={id} members={detail.members} />}
      {allowsCalls && detail.members.some((member) => member.name === 'watch') && (
        <section class="part">
          <button type="button" aria-pressed={isWatched} onClick={() => watch(!isWatched)}>
            {isWatched ? 'Watch no more' : 'Watch its changes'}
          </button>
          {isWatched && (
            <ol class="changes" aria-label="Changes" aria-live="polite">
              {changes.toReversed().map((change, index) => (
                <li key={changes.length - index}>
                  <pre>{change}</pre>
                </li>
              ))}
            </ol>
          )}
        </section>
      )}
      <CallTable caption="Calls since this page looks at it" calls={calls.toReversed()} server={server} />
      <Members detail={detail} />
    </div>
  )
}

function factsOf({ referent, names, state = {} }: ReferentDetailRow): Readonly<Record<string, string>> {
  return {
    Typeid: referent.typeid,
    ...(names.length > 1 ? { Names: names.join(', ') } : {}),
    Age: duration(referent.ageMs),
    'Held by sessions': counted(referent.references),
    Pins: counted(referent.pins),
    'Calls without an answer': counted(referent.running),
    ...(referent.queued === undefined ? {} : { 'In line': counted(referent.queued) }),
    ...Object.fromEntries(Object.entries(state).map(([name, value]) => [name, String(value)])),
  }
}

interface PartProps {
  readonly detail: ReferentDetailRow
  readonly server: number
}

function Holders({ detail: { holders = [], sessions }, server }: PartProps): JSX.Element {
  return (
    <>
      {holders.length > 0 && (
        <SimpleTable
          caption="Held by"
          head={['Session', 'For', 'In']}
          numbers={[1]}
          none=""
          rows={holders.map(({ session, ageMs, within = '' }, index) => ({
            key: index,
            cells: [<SessionLink id={session} server={server} />, duration(ageMs), within],
          }))}
        />
      )}
      <SimpleTable
        caption="Sessions with references"
        head={['Session', 'References']}
        numbers={[1]}
        none="None: it is kept by its name, or goes soon."
        rows={sessions.map(({ session, count }) => ({
          key: session,
          cells: [<SessionLink id={session} server={server} />, counted(count)],
        }))}
      />
    </>
  )
}

function Waiting({ detail: { calls }, server }: PartProps): JSX.Element {
  return (
    <SimpleTable
      caption="Calls without an answer"
      head={['Session', 'Call', 'For', 'State']}
      numbers={[2]}
      none="None."
      rows={calls.map(({ session, method, ageMs, isWaiting }, index) => ({
        key: index,
        cells: [
          <SessionLink id={session} server={server} />,
          method,
          duration(ageMs),
          isWaiting ? 'in line' : 'running',
        ],
      }))}
    />
  )
}

function Members({ detail: { members } }: { readonly detail: ReferentDetailRow }): JSX.Element {
  return (
    <SimpleTable
      caption="Exposed members"
      head={['Member', 'Kind']}
      none="None."
      rows={members.map(({ name, kind, isStream = false, isWritable = false }) => ({
        key: name,
        cells: [name, isStream ? 'stream' : isWritable ? `${kind}, writable` : kind],
      }))}
    />
  )
}
