import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { plotPeers, plotScaling } from './plots.ts'
import { align, conditions, format, formatTime } from './report.ts'
import type { Result } from './rounds.ts'

const page = 'docs/performance.md'
const plots = 'bench/plots'
const marks = ['<!-- the numbers -->\n', '<!-- the end of the numbers -->\n'] as const

const images = `![How many of each there are in a second](../${plots}/peers.svg)

![What calls cost with more referents, sessions and calls in flight](../${plots}/scaling.svg)`

/** Writes the numbers of a run into docs/performance.md, and its plots. */
export async function writePage(results: readonly Result[]): Promise<void> {
  const actual = await readFile(page, 'utf8')
  const [before = '', rest = ''] = actual.split(marks[0])
  const [, after = ''] = rest.split(marks[1])
  const numbers = [
    `${conditions()}.`,
    images,
    oursOf(results),
    'The medians of all, in bold where they are faster:',
    allOf(results),
  ].join('\n\n')
  await writeFile(page, `${before}${marks[0]}\n${numbers}\n\n${marks[1]}${after}`)
  await mkdir(plots, { recursive: true })
  await writeFile(`${plots}/peers.svg`, await plotPeers(results))
  await writeFile(`${plots}/scaling.svg`, await plotScaling(results))
}

function oursOf(results: readonly Result[]): string {
  const header = ['referent', 'median', 'half of the rounds', 'client CPU', 'server CPU']
  const lines = results.flatMap(({ row, peer, unit, median, quarters, clientUs, serverUs }) => {
    if (peer !== 'referent' || median === undefined || quarters === undefined) return []
    const ends = unit === '/s' ? quarters.toReversed() : quarters
    const [client, server] = unit === 'B' ? [] : [clientUs, serverUs]
    return [
      [
        row,
        format(median, unit),
        ends.map((end) => format(end, unit)).join(' to '),
        formatTime(client),
        formatTime(server),
      ],
    ]
  })
  return align([header, ...lines])
}

function allOf(results: readonly Result[]): string {
  const peers = [...new Set(results.map(({ peer }) => peer))]
  const rows = [...new Set(results.map(({ row }) => row))]
  const lines = rows.map((row) => {
    const [ours, ...others] = peers.map((peer) => results.find((each) => each.row === row && each.peer === peer))
    const medians = [ours, ...others].map(({ median, unit = 'us' }: Partial<Result> = {}) => {
      if (median === undefined) return ''
      return median < (ours?.median ?? 0) ? `**${format(median, unit)}**` : format(median, unit)
    })
    return [row, ...medians]
  })
  return align([['', ...peers], ...lines.filter((cells) => cells.filter((cell) => cell !== '').length > 2)])
}
