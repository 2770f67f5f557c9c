import type { ComponentChildren, JSX } from 'preact'
import type { PeerRow, ServerRow } from '../lib/inspector/rows.ts'
import { linkTo } from './route.ts'

interface ReferentLinkProps {
  readonly id: number
  readonly text: ComponentChildren
  readonly server: number
}

export function ReferentLink({ id, text, server }: ReferentLinkProps): JSX.Element {
  return <a href={linkTo('referents', { item: String(id), server })}>{text}</a>
}

export function SessionLink({ id, server }: { readonly id: string; readonly server: number }): JSX.Element {
  return <a href={linkTo('sessions', { item: id, server })}>{id}</a>
}

/** Sessions by their ids. */
export type Peers = ReadonlyMap<string, PeerRow>

export function peersOf(sessions: readonly PeerRow[] = []): Peers {
  return new Map(sessions.map((session) => [session.id, session]))
}

interface SessionOfProps {
  readonly id: string
  readonly server: number
  readonly peers: Peers
}

/** A session, and of which process it is. */
export function SessionOf({ id, server, peers }: SessionOfProps): JSX.Element {
  return (
    <>
      <SessionLink id={id} server={server} /> ({processOf(peers.get(id))})
    </>
  )
}

/** The process of a session, in words. */
export function processOf(peer: PeerRow | undefined): string {
  if (peer === undefined) return 'process ?'
  return peer.host === undefined ? `process ${peer.pid}` : `process ${peer.pid} at ${peer.host}`
}

/** What people call a referent: its name, else what it is. */
export function labelOf({ id, typeid, name }: { id: number; typeid: string; name?: string }): string {
  return name ?? `${typeid} ${id}`
}

/** Which server it is, where there are several. */
export function serverLabel(index: number, server: ServerRow | undefined): string {
  return server === null || server === undefined ? `${index}: ended` : `${index}: process ${server.pid}`
}
