import type { ComponentChildren, JSX } from 'preact'
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

/** What people call a referent: its name, else what it is. */
export function labelOf({ id, typeid, name }: { id: number; typeid: string; name?: string }): string {
  return name ?? `${typeid} ${id}`
}
