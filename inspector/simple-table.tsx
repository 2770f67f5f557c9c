import type { ComponentChildren, JSX } from 'preact'

interface SimpleTableProps {
  readonly caption: string
  readonly head: readonly string[]
  /** Which columns have numbers, from 0. */
  readonly numbers?: readonly number[]
  readonly rows: readonly SimpleRow[]
  /** What is said where there are none. */
  readonly none: string
}

interface SimpleRow {
  readonly key: string | number
  readonly cells: readonly ComponentChildren[]
  readonly isBad?: boolean
}

/** A short table, with its caption over it. */
export function SimpleTable({ caption, head, numbers = [], rows, none }: SimpleTableProps): JSX.Element {
  const classOf = (column: number): string | undefined => (numbers.includes(column) ? 'number' : undefined)
  if (rows.length === 0)
    return (
      <section class="part">
        <h2>{caption}</h2>
        <p class="none">{none}</p>
      </section>
    )
  return (
    <section class="part">
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {head.map((title, column) => (
              <th class={`plain ${classOf(column) ?? ''}`} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, cells, isBad = false }) => (
            <tr key={key} class={isBad ? 'bad' : undefined}>
              {cells.map((cell, column) => (
                <td class={classOf(column)}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
