import type { JSX } from 'preact'
import type { referentColumns } from '../lib/inspector/messages.ts'
import type { ReferentRow } from '../lib/inspector/rows.ts'
import { FoundTable } from './found-table.tsx'
import { counted, duration } from './format.ts'
import { ReferentLink } from './links.tsx'
import type { Route } from './route.ts'
import { type Column, usePart } from './table.tsx'
import { useLook } from './use-look.ts'

type Name = (typeof referentColumns)[number]

function columnsOf(server: number): readonly Column<ReferentRow, Name>[] {
  return [
    { name: 'id', title: 'Id', isNumber: true, cell: ({ id }) => <ReferentLink id={id} text={id} server={server} /> },
    {
      name: 'typeid',
      title: 'Typeid',
      cell: ({ id, typeid }) => <ReferentLink id={id} text={typeid} server={server} />,
    },
    { name: 'name', title: 'Name', cell: ({ name }) => name ?? '' },
    { name: 'references', title: 'Sessions', isNumber: true, cell: ({ references }) => counted(references) },
    { name: 'pins', title: 'Pins', isNumber: true, cell: ({ pins }) => counted(pins) },
    { name: 'running', title: 'Calls', isNumber: true, cell: ({ running }) => counted(running) },
    { name: 'queued', title: 'Queued', isNumber: true, cell: ({ queued }) => counted(queued) },
    { name: 'ageMs', title: 'Age', isNumber: true, cell: ({ ageMs }) => duration(ageMs) },
  ]
}

export function Referents({ route: { server, find } }: { readonly route: Route }): JSX.Element {
  const [part, change] = usePart<Name>('id', find)
  const { shown, failure } = useLook<'referents'>({ view: 'referents', server, ...part })
  return (
    <FoundTable
      noun="referent"
      label="Typeid, name or id"
      caption="Referents"
      columns={columnsOf(server)}
      keyOf={({ id }) => id}
      shown={shown}
      failure={failure}
      part={part}
      change={change}
    />
  )
}
