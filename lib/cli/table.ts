import type { Output } from './output.ts'
import { printable } from './output.ts'

/** A longer text in a cell is cut. */
const maxCell = 48

type Cell = string | number | undefined

/** Lines of columns, as wide as what is in them; none where there are no rows. */
export function table(out: Output, header: readonly string[], rows: readonly (readonly Cell[])[]): string[] {
  if (rows.length === 0) return []
  const cells = rows.map((row) => row.map(cellOf))
  const widths = header.map((name, column) => Math.max(name.length, ...cells.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
      .slice(0, out.width)
  return [out.styled('bold', line(header)), ...cells.map(line)]
}

function cellOf(cell: Cell): string {
  const text = cell === undefined ? '-' : printable(String(cell).slice(0, maxCell + 1))
  return text.length > maxCell ? `${text.slice(0, maxCell - 1)}…` : text
}

/** A time in its largest unit that there is one of. */
export function duration(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1000],
  ] as const
  const unit = units.find(([, length]) => ms >= length)
  return unit === undefined
    ? `${ms < 10 ? ms.toFixed(2) : Math.round(ms)} ms`
    : `${Math.floor(ms / unit[1])} ${unit[0]}`
}

export function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(0)} MiB`
}

/** A number with its noun. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
