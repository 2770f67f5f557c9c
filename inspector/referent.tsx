import type { JSX } from 'preact'
import { useContext, useState } from 'preact/hooks'
import type { ReferentDetailRow } from '../lib/inspector/rows.ts'
import { CallTable } from './call-table.tsx'
import { Facts } from './facts.tsx'
import { counted, duration } from './format.ts'
import { labelOf, type Peers, peersOf, SessionOf } from './links.tsx'
import { AskMember, AskSnapshot } from './ask-member.tsx'
import type { Route } from './route.ts'
import { SimpleTable } from './simple-table.tsx'
import { standingOf } from './standing.ts'
import { Failed } from './failed.tsx'
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

/** One referent: how it stands, who has it, who waits for it, what it tells of itself, and its calls as they come. */
export function Referent({ route: { server, item } }: { readonly route: Route }): JSX.Element {
  const [isWatched, watch] = useState(false)
  const allowsCalls = useContext(LinkContext)?.allowsCalls === true
  const referent = Number(item)
  const id = Number.isSafeInteger(referent) && referent > 0 ? referent : 0
  const { shown, failure } = useLook<'referent'>({ view: 'referent', server, referent: id, isWatched }, together)
  if (shown === undefined) return <Failed failure={failure} />
  const { detail, calls, changes } = shown
  const { name, typeid } = detail.referent
  const peers = peersOf(shown.sessions)
  return (
    <div class="detail">
      <h2 class="title">
        {labelOf({ id, typeid, ...(name === undefined ? {} : { name }) })}{' '}
        <small>{name === undefined ? '' : `${typeid} ${id}`}</small>
      </h2>
      <Failed failure={failure} />
      <Standing sentences={standingOf(detail, peers)} />
      <Facts facts={factsOf(detail)} />
      <Holders detail={detail} server={server} peers={peers} />
      <Waiting detail={detail} server={server} peers={peers} />
      <Sessions detail={detail} server={server} peers={peers} />
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
      <CallTable caption="Calls since this page looks at it" calls={calls.toReversed()} />
      <Members detail={detail} />
    </div>
  )
}

function Standing({ sentences }: { readonly sentences: readonly string[] }): JSX.Element | null {
  if (sentences.length === 0) return null
  return (
    <section class="standing" aria-label="How it stands">
      <ul>
        {sentences.map((sentence) => (
          <li>{sentence}</li>
        ))}
      </ul>
    </section>
  )
}

/** What the parts of the state of ready-made types are, in words. */
const stateNames: Readonly<Record<string, string>> = {
  length: 'Items',
  size: 'Entries',
  maxSize: 'Room for items',
  unacked: 'Taken and not acknowledged',
  takers: 'Calls that wait to take',
  putters: 'Calls that wait to put',
  unfinished: 'Not done in all',
  joiners: 'Calls in join',
  isClosed: 'Closed',
  held: 'Holders',
  isLocked: 'Locked',
  waiting: 'Calls that wait',
  value: 'Free permits',
  isSet: 'Set',
  parties: 'Parties',
  isBroken: 'Broken',
}

function stateText(name: string, value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (name === 'maxSize' && value === 0) return 'any number'
  return typeof value === 'number' ? counted(value) : value
}

function factsOf({ referent, names, state = {} }: ReferentDetailRow): Readonly<Record<string, string>> {
  return {
    ...Object.fromEntries(
      Object.entries(state).map(([name, value]) => [stateNames[name] ?? name, stateText(name, value)]),
    ),
    Typeid: referent.typeid,
    ...(names.length > 1 ? { Names: names.join(', ') } : {}),
    Age: duration(referent.ageMs),
    'Sessions with references': counted(referent.references),
    Pins: counted(referent.pins),
    'Calls without an answer': counted(referent.running),
    ...(referent.queued === undefined ? {} : { 'In line': counted(referent.queued) }),
  }
}

interface PartProps {
  readonly detail: ReferentDetailRow
  readonly server: number
  readonly peers: Peers
}

function Holders({ detail: { holders = [] }, server, peers }: PartProps): JSX.Element | null {
  if (holders.length === 0) return null
  const isWithin = holders.some((holder) => holder.within !== undefined)
  const isTraced = holders.some(({ traceparent }) => traceparent !== undefined)
  return (
    <SimpleTable
      caption="Held by"
      head={[
        'Session',
        'What, or by which method',
        'For',
        ...(isWithin ? ['Within'] : []),
        ...(isTraced ? ['Trace'] : []),
      ]}
      numbers={[2]}
      none=""
      rows={holders.map(({ session, ageMs, what = '', within = '', traceparent = '' }, index) => ({
        key: index,
        cells: [
          <SessionOf id={session} server={server} peers={peers} />,
          what,
          duration(ageMs),
          ...(isWithin ? [within] : []),
          ...(isTraced ? [traceIdOf(traceparent)] : []),
        ],
      }))}
    />
  )
}

/** The part of a W3C trace context that is the same in all of a trace. */
function traceIdOf(traceparent: string): string {
  return traceparent.split('-')[1] ?? ''
}

function Waiting({ detail: { calls }, server, peers }: PartProps): JSX.Element {
  return (
    <SimpleTable
      caption="Calls without an answer"
      head={['Session', 'Call', 'For', 'Has begun']}
      numbers={[2]}
      none="None."
      rows={calls.map(({ session, method, ageMs, isWaiting }, index) => ({
        key: index,
        cells: [
          <SessionOf id={session} server={server} peers={peers} />,
          method,
          duration(ageMs),
          isWaiting ? 'no: in line' : 'yes',
        ],
      }))}
    />
  )
}

function Sessions({ detail: { sessions }, server, peers }: PartProps): JSX.Element {
  return (
    <SimpleTable
      caption="Sessions with references"
      head={['Session', 'References']}
      numbers={[1]}
      none="None: it is kept by its name, or goes soon."
      rows={sessions.map(({ session, count }) => ({
        key: session,
        cells: [<SessionOf id={session} server={server} peers={peers} />, counted(count)],
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
