import { cpus, loadavg } from 'node:os'
import type { Result } from './rounds.ts'

/** What was measured in turns, as a Markdown table that is aligned for the terminal too. */
export function formatResults(results: readonly Result[]): string {
  const header = ['', 'median', 'half of the rounds', 'client CPU', 'server CPU', 'time, x the first']
  const first = results[0]?.median
  const hasRows = new Set(results.map(({ row }) => row)).size > 1
  const lines = results.map(({ row, peer, unit, skipped, median, quarters, clientUs, serverUs }) => {
    const name = hasRows ? `${peer} ${row}` : peer
    if (median === undefined || quarters === undefined) return [name, skipped?.reason ?? '', '', '', '', '']
    const ends = unit === '/s' ? quarters.toReversed() : quarters
    return [
      name,
      format(median, unit),
      ends.map((end) => format(end, unit)).join(' to '),
      formatTime(unit === 'B' ? undefined : clientUs),
      formatTime(serverUs),
      first === undefined ? '' : `${significant(median / first)}x`,
    ]
  })
  return align([header, ...lines])
}

/** What the numbers depend on. A load of more than the two or three processes of a row says that others had their share. */
export function conditions(): string {
  const machine = `${process.platform} ${process.arch}, ${cpus().length} x ${cpus()[0]?.model}`
  return `Node ${process.version}, ${machine}, load ${loadavg()[0]?.toFixed(1)}, ${new Date().toISOString().slice(0, 10)}`
}

/** @param amount microseconds, or bytes */
export function format(amount: number, unit: Result['unit']): string {
  switch (unit) {
    case 'us':
      return `${significant(amount)} us`
    case 'ms':
      return `${significant(amount / 1000)} ms`
    case '/s':
      return `${significant(1_000_000 / amount)} /s`
    case 'B':
      return `${significant(amount)} B`
  }
}

/** Nothing where it isn't known. */
export function formatTime(us: number | undefined): string {
  if (us === undefined) return ''
  return us < 1000 ? format(us, 'us') : format(us, 'ms')
}

export function significant(value: number): string {
  return value.toLocaleString('en', value < 1000 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 0 })
}

/** Lines of cells, the header first; names to the left, numbers to the right. */
export function align(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  const [header = '', ...rows] = lines.map((line) => alignLine(line, widths))
  return [header, rule, ...rows].join('\n')
}

function alignLine(cells: readonly string[], widths: readonly number[]): string {
  const [name = '', ...numbers] = cells
  const padded = numbers.map((cell, index) => cell.padStart(widths[index + 1] ?? 0))
  return `| ${[name.padEnd(widths[0] ?? 0), ...padded].join(' | ')} |`
}
