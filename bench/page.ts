import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { plotPeers, plotScaling } from './plots.ts'
import { align, conditions, format, formatResults, formatTime } from './report.ts'
import type { Result } from './rounds.ts'
import { rows } from './rows.ts'

const page = 'docs/performance.md'
const plots = 'bench/plots'

/** What is between two marks is written anew where a run has measured any of its rows. */
interface Block {
  readonly name: string
  readonly isNetwork: boolean
  readonly tables: (results: readonly Result[]) => string[]
}

const blocks: readonly Block[] = [
  {
    name: 'the numbers',
    isNetwork: false,
    tables: (results) => [
      images,
      oursOf(results),
      'The medians of all, in bold where they are faster:',
      allOf(results),
    ],
  },
  { name: 'the numbers of networks', isNetwork: true, tables: rowByRow },
]

const images = `![How many of each there are in a second](../${plots}/peers.svg)

![What calls cost with more referents, sessions and calls in flight](../${plots}/scaling.svg)`

const networkRows: ReadonlySet<string> = new Set(rows.filter(({ over }) => over !== undefined).map(({ name }) => name))

/** Writes the numbers of a run into docs/performance.md, and its plots. */
export async function writePage(results: readonly Result[]): Promise<void> {
  let text = await readFile(page, 'utf8')
  for (const block of blocks) {
    const measured = results.filter(({ row }) => networkRows.has(row) === block.isNetwork)
    if (measured.length === 0) continue
    text = withNumbers(text, block, measured)
    if (!block.isNetwork) await writePlots(measured)
  }
  await writeFile(page, text)
}

function withNumbers(text: string, { name, tables }: Block, results: readonly Result[]): string {
  const [begin, end] = [`<!-- ${name} -->\n`, `<!-- the end of ${name} -->\n`]
  const [before = '', rest = ''] = text.split(begin)
  const [, after = ''] = rest.split(end)
  const numbers = [`${conditions()}.`, ...tables(results)].join('\n\n')
  return `${before}${begin}\n${numbers}\n\n${end}${after}`
}

async function writePlots(results: readonly Result[]): Promise<void> {
  await mkdir(plots, { recursive: true })
  await writeFile(`${plots}/peers.svg`, await plotPeers(results))
  await writeFile(`${plots}/scaling.svg`, await plotScaling(results))
}

function rowByRow(results: readonly Result[]): string[] {
  const names = [...new Set(results.map(({ row }) => row))]
  return names.flatMap((name) => [`${name}:`, formatResults(results.filter(({ row }) => row === name))])
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
  const names = [...new Set(results.map(({ row }) => row))]
  const lines = names.map((row) => {
    const [ours, ...others] = peers.map((peer) => results.find((each) => each.row === row && each.peer === peer))
    const medians = [ours, ...others].map(({ median, unit = 'us' }: Partial<Result> = {}) => {
      if (median === undefined) return ''
      return median < (ours?.median ?? 0) ? `**${format(median, unit)}**` : format(median, unit)
    })
    return [row, ...medians]
  })
  return align([['', ...peers], ...lines.filter((cells) => cells.filter((cell) => cell !== '').length > 2)])
}
