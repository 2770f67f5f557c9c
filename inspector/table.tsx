import type { ComponentChildren, JSX } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'

/** As the style sheet has it. */
const rowHeight = 28

/** How many rows above and below those that are seen are there too, and from how few on more are asked for. */
const around = 60
const near = 20

export interface Column<Row, Name extends string> {
  readonly name: Name
  readonly title: string
  readonly isNumber?: boolean
  readonly cell: (row: Row) => ComponentChildren
}

/** Which rows are asked for, and in which order. */
export interface TablePart<Name extends string> {
  readonly find: string
  readonly sort: Name
  readonly isDescending: boolean
  readonly from: number
  readonly count: number
}

export function usePart<Name extends string>(
  sort: Name,
  find = '',
): readonly [TablePart<Name>, (change: Partial<TablePart<Name>>) => void] {
  const [part, setPart] = useState<TablePart<Name>>({ find, sort, isDescending: false, from: 0, count: around * 3 })
  return [part, (change) => setPart((before) => ({ ...before, ...change }))]
}

export interface TableProps<Row, Name extends string> {
  readonly caption: string
  readonly columns: readonly Column<Row, Name>[]
  readonly keyOf: (row: Row) => string | number
  readonly shown: { readonly rows: readonly Row[]; readonly from: number; readonly total: number } | undefined
  readonly part: TablePart<Name>
  readonly change: (change: Partial<TablePart<Name>>) => void
}

/** A table of which only those rows are there that are seen, and some around them. */
export function Table<Row, Name extends string>(props: TableProps<Row, Name>): JSX.Element {
  const { caption, columns, shown, part, change } = props
  const place = useRef<HTMLDivElement>(null)
  const look = (): void => {
    const wanted = place.current === null ? undefined : partSeen(place.current, part)
    if (wanted !== undefined) change(wanted)
  }
  useLayoutEffect(() => {
    const watched = place.current
    if (watched === null) return
    const observer = new ResizeObserver(look)
    observer.observe(watched)
    return () => observer.disconnect()
  })
  const { rows, from, total } = shown ?? { rows: [], from: 0, total: 0 }
  const below = Math.max(0, total - from - rows.length)
  return (
    <div class="scroll" ref={place} onScroll={look} tabIndex={0} role="region" aria-label={caption}>
      <table aria-rowcount={total + 1}>
        <caption class="unseen">{caption}</caption>
        <Head columns={columns} part={part} change={change} />
        <tbody>
          <Gap rows={Math.min(from, total)} />
          {rows.map((row, index) => (
            <tr key={props.keyOf(row)} aria-rowindex={from + index + 2}>
              {columns.map((column) => (
                <td class={column.isNumber === true ? 'number' : undefined}>{column.cell(row)}</td>
              ))}
            </tr>
          ))}
          <Gap rows={below} />
        </tbody>
      </table>
    </div>
  )
}

/** The part to ask for, where what is seen is about to leave what is there. */
function partSeen(place: HTMLElement, part: TablePart<string>): { from: number; count: number } | undefined {
  const first = Math.floor(place.scrollTop / rowHeight)
  const last = first + Math.ceil(place.clientHeight / rowHeight)
  const isNear = first < part.from + near && part.from > 0
  const isBelow = last > part.from + part.count - near
  if (!isNear && !isBelow) return undefined
  return { from: Math.max(0, first - around), count: last - first + 2 * around }
}

function Gap({ rows }: { readonly rows: number }): JSX.Element | null {
  return rows === 0 ? null : <tr class="gap" aria-hidden="true" style={{ height: `${rows * rowHeight}px` }} />
}

interface HeadProps<Row, Name extends string> {
  readonly columns: readonly Column<Row, Name>[]
  readonly part: TablePart<Name>
  readonly change: (change: Partial<TablePart<Name>>) => void
}

/** A click sorts by a column, and a second one the other way round. */
function Head<Row, Name extends string>({ columns, part, change }: HeadProps<Row, Name>): JSX.Element {
  return (
    <thead>
      <tr>
        {columns.map(({ name, title, isNumber = false }) => {
          const isSorted = name === part.sort
          const direction = part.isDescending ? 'descending' : 'ascending'
          const isDescending = isSorted ? !part.isDescending : isNumber
          return (
            <th class={isNumber ? 'number' : undefined} aria-sort={isSorted ? direction : 'none'} scope="col">
              <button type="button" onClick={() => change({ sort: name, isDescending })}>
                {title}
              </button>
            </th>
          )
        })}
      </tr>
    </thead>
  )
}
