import type { JSX } from 'preact'
import type { Failure } from '../lib/inspector/messages.ts'
import { Failed } from './failed.tsx'
import { counting } from './format.ts'
import { Table, type TableProps } from './table.tsx'

interface FoundTableProps<Row, Name extends string> extends TableProps<Row, Name> {
  readonly noun: string
  /** What is looked for. */
  readonly label: string
  readonly shown: (NonNullable<TableProps<Row, Name>['shown']> & { readonly isTruncated: boolean }) | undefined
  readonly failure: Failure | undefined
}

/** A table, and before it a field for what is looked for. */
export function FoundTable<Row, Name extends string>(props: FoundTableProps<Row, Name>): JSX.Element {
  const { noun, label, failure, ...table } = props
  const { shown, part, change } = table
  return (
    <>
      <Search
        noun={noun}
        label={label}
        find={part.find}
        total={shown?.total}
        isTruncated={shown?.isTruncated === true}
        change={change}
      />
      <Failed failure={failure} />
      <Table {...table} />
    </>
  )
}

interface SearchProps {
  readonly noun: string
  readonly label: string
  readonly find: string
  readonly total: number | undefined
  readonly isTruncated: boolean
  readonly change: (change: { readonly find: string; readonly from: number }) => void
}

/** What is looked for, and how many of it there are. */
function Search({ noun, label, find, total, isTruncated, change }: SearchProps): JSX.Element {
  return (
    <search class="search">
      <label>
        {label}
        <input
          type="search"
          value={find}
          maxLength={200}
          spellcheck={false}
          onInput={({ currentTarget }) => change({ find: currentTarget.value, from: 0 })}
        />
      </label>
      <span role="status">
        {total === undefined ? '' : `${counting(total, noun)}${find === '' ? '' : ' found'}`}
        {isTruncated ? ', of more than are shown' : ''}
      </span>
    </search>
  )
}
