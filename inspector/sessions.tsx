import type { JSX } from 'preact'
import type { sessionColumns } from '../lib/inspector/messages.ts'
import type { SessionRow } from '../lib/inspector/rows.ts'
import { FoundTable } from './found-table.tsx'
import { counted, duration } from './format.ts'
import { SessionLink } from './links.tsx'
import type { Route } from './route.ts'
import { type Column, usePart } from './table.tsx'
import { useLook } from './use-look.ts'

type Name = (typeof sessionColumns)[number]

function columnsOf(server: number): readonly Column<SessionRow, Name>[] {
  return [
    { name: 'id', title: 'Session', cell: ({ id }) => <SessionLink id={id} server={server} /> },
    { name: 'pid', title: 'Process', isNumber: true, cell: ({ pid }) => pid },
    { name: 'host', title: 'Host', cell: ({ host }) => host ?? 'this machine' },
    { name: 'ageMs', title: 'Age', isNumber: true, cell: ({ ageMs }) => duration(ageMs) },
    { name: 'quietMs', title: 'Quiet for', isNumber: true, cell: ({ quietMs }) => duration(quietMs) },
    { name: 'holds', title: 'Holds', isNumber: true, cell: ({ holds }) => counted(holds) },
    { name: 'pending', title: 'Pending', isNumber: true, cell: ({ pending }) => counted(pending) },
    { name: 'streams', title: 'Streams', isNumber: true, cell: ({ streams }) => counted(streams) },
    { name: 'calls', title: 'Calls', isNumber: true, cell: ({ calls }) => counted(calls) },
    { name: 'errors', title: 'Errors', isNumber: true, cell: ({ errors }) => counted(errors) },
  ]
}

export function Sessions({ route: { server, find } }: { readonly route: Route }): JSX.Element {
  const [part, change] = usePart<Name>('id', find)
  const { shown, failure } = useLook<'sessions'>({ view: 'sessions', server, ...part })
  return (
    <FoundTable
      noun="session"
      label="Session, process or host"
      caption="Sessions"
      columns={columnsOf(server)}
      keyOf={({ id }) => id}
      shown={shown}
      failure={failure}
      part={part}
      change={change}
    />
  )
}
