import { type Measured, medianUs, type Row } from './row.ts'

/**
 * The results as a Markdown table that is aligned for the terminal too.
 * @param missing names what could not be measured here, each in a row of its own
 */
export function formatTable(
  measured: readonly Measured[],
  timesEcho: (row: Measured) => number,
  missing: readonly string[],
): string {
  const header = ['', 'median', 'best round', 'worst round', 'time, x echo']
  const cells = measured.map((each) => [
    each.row.name,
    format(medianUs(each), each.row),
    format(Math.min(...each.roundsUs), each.row),
    format(Math.max(...each.roundsUs), each.row),
    `${significant(timesEcho(each))}x`,
  ])
  return align([header, ...cells, ...missing.map((name) => [name, '', '', '', ''])])
}

function format(us: number, { unit }: Row): string {
  switch (unit) {
    case 'us':
      return `${significant(us)} us`
    case 'ms':
      return `${significant(us / 1000)} ms`
    case '/s':
      return `${significant(1_000_000 / us)} /s`
  }
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
