import type { JSX } from 'preact'
import type { Link, LinkState } from './link.ts'
import type { ServerRow } from '../lib/inspector/rows.ts'
import { counting, duration } from './format.ts'
import { Overview } from './overview.tsx'
import { Referents } from './referents.tsx'
import { Calls } from './calls.tsx'
import { Referent } from './referent.tsx'
import { serverLabel } from './links.tsx'
import { linkTo, type Route, routeOf } from './route.ts'
import { Sessions } from './sessions.tsx'
import { Session } from './session.tsx'
import { Waits } from './waits.tsx'
import { LinkContext } from './use-look.ts'

interface Tab {
  readonly name: string
  readonly title: string
  readonly body: (props: { readonly route: Route }) => JSX.Element
  /** Of one of them. */
  readonly item?: (props: { readonly route: Route }) => JSX.Element
}

const tabs: readonly Tab[] = [
  { name: 'overview', title: 'Overview', body: Overview },
  { name: 'referents', title: 'Referents', body: Referents, item: Referent },
  { name: 'sessions', title: 'Sessions', body: Sessions, item: Session },
  { name: 'waits', title: 'Waits', body: Waits },
  { name: 'calls', title: 'Calls', body: Calls },
]

/** What is said where there is nothing to look at. */
const outside: Partial<Record<LinkState, string>> = {
  opening: 'Opening…',
  refused: 'This page opens by a link of the inspector, which works once. Ask for a new one.',
  full: 'Too many pages look at this server. Close one, and load this again.',
}

export function App({ link }: { readonly link: Link }): JSX.Element {
  const route = routeOf(location.hash)
  const text = outside[link.state]
  if (text !== undefined) return <p class="outside">{text}</p>
  const tab = tabs.find(({ name }) => name === route.tab) ?? tabs[0]
  const Body = (route.item === undefined ? tab?.body : tab?.item) ?? Overview
  return (
    <LinkContext.Provider value={link}>
      <header>
        <h1>referent</h1>
        <nav aria-label="Views">
          {tabs.map(({ name, title }) => (
            <a href={linkTo(name, { server: route.server })} aria-current={name === tab?.name ? 'page' : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <Servers servers={link.servers} route={route} />
      </header>
      <Trouble link={link} server={route.server} />
      <main key={`${tab?.name} ${route.server} ${route.item}`}>
        <Body route={route} />
      </main>
    </LinkContext.Provider>
  )
}

/** The servers of the manager, to choose from where there are several. */
function Servers({ servers, route }: { readonly servers: readonly ServerRow[]; readonly route: Route }): JSX.Element {
  const server = servers[route.server]
  return (
    <div class="servers">
      {servers.length > 1 && (
        <select
          aria-label="Server"
          value={route.server}
          onChange={({ currentTarget }) => {
            location.hash = linkTo(route.tab, { server: Number(currentTarget.value) })
          }}
        >
          {servers.map((each, index) => (
            <option value={index}>{serverLabel(index, each)}</option>
          ))}
        </select>
      )}
      {server && (
        <span>
          server: process {server.pid} of {server.host}, up {duration(server.uptimeMs)} ·{' '}
          {counting(server.totals.sessions, 'session')} · {counting(server.totals.referents, 'referent')} ·{' '}
          {server.totals.pending} pending
        </span>
      )}
    </div>
  )
}

interface TroubleProps {
  readonly link: Link
  readonly server: number
}

/** What is said where what is shown is old. */
function Trouble({ link: { state, failure, servers }, server }: TroubleProps): JSX.Element {
  const text =
    state === 'ended'
      ? 'The inspector has ended. What is shown is what was there before.'
      : state === 'lost'
        ? 'No connection to the inspector. It is tried again.'
        : failure !== null
          ? `The server doesn't answer: ${failure.code ?? failure.name}: ${failure.message}`
          : servers[server] === null
            ? 'This server has ended.'
            : ''
  return (
    <p class="trouble" role="status" hidden={text === ''}>
      {text}
    </p>
  )
}
