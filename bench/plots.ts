import { packageOf } from './peers/peer.ts'
import { format } from './report.ts'
import type { Result } from './rounds.ts'

interface Echarts {
  readonly init: (element: null, theme: null, options: object) => Chart
}

interface Chart {
  setOption(option: object): void
  renderToSVGString(): string
  dispose(): void
}

const [width, gapPx, titlePx] = [900, 24, 34]
const colors = { referent: '#d9480f', floor: '#adb5bd', other: '#4c6ef5' }
const text = { fontFamily: 'sans-serif', color: '#343a40' }
/** The rows that show what peers differ in. */
const compared = [
  'sequential',
  '64 in flight',
  'create + release',
  '1,000 plain records',
  '1,000 rich records',
  '1 MiB of bytes',
]

/** How many of each there are in a second, as bars: the longer, the faster. */
export async function plotPeers(results: readonly Result[]): Promise<string> {
  const panels = compared.map((row) => ({ row, bars: barsOf(results, row) })).filter(({ bars }) => bars.length > 0)
  const [columns, barPx, nameWidth] = [2, 17, 165]
  const panelWidth = (width - gapPx) / columns
  const heights = panels.map(({ bars }) => bars.length * barPx)
  const tops = panels.map((_, index) => {
    const above = heights.filter((_height, other) => other % columns === 0 && other < index - (index % columns))
    return above.reduce(
      (sum, height, line) => sum + Math.max(height, heights[line * columns + 1] ?? 0) + titlePx + gapPx,
      gapPx,
    )
  })
  const lefts = panels.map((_, index) => (index % columns) * (panelWidth + gapPx))
  const height = Math.max(...tops.map((top, index) => top + (heights[index] ?? 0))) + titlePx + gapPx
  return draw(height, {
    title: panels.map(({ row }, index) => titled(`${row}, per second`, lefts[index], tops[index])),
    grid: panels.map((_, index) => ({
      left: (lefts[index] ?? 0) + nameWidth,
      top: (tops[index] ?? 0) + titlePx,
      width: panelWidth - nameWidth - 80,
      height: heights[index],
    })),
    xAxis: panels.map((_, gridIndex) => ({ type: 'value', gridIndex, show: false })),
    yAxis: panels.map(({ bars }, gridIndex) => ({
      type: 'category',
      gridIndex,
      data: bars.map(({ peer }) => peer),
      inverse: true,
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { ...text, fontSize: 11 },
    })),
    series: panels.map(({ bars }, index) => ({
      type: 'bar',
      xAxisIndex: index,
      yAxisIndex: index,
      barWidth: barPx - 6,
      data: bars.map(({ peer, median }) => ({
        value: 1_000_000 / median,
        itemStyle: { color: colorOf(peer) },
        label: {
          ...text,
          show: true,
          position: 'right',
          fontSize: 11,
          formatter: format(median, '/s').replace(' /s', ''),
        },
      })),
    })),
  })
}

interface Line {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
}

/** What a call costs with ever more referents and sessions, and how many there are in a second with ever more in flight. */
export function plotScaling(results: readonly Result[]): Promise<string> {
  const among = (what: string): Line[] => [
    lineOf('referent', results, 'referent', new RegExp(`^among ([\\d,]+) ${what}`)),
  ]
  const peers = [...new Set(results.map(({ peer }) => peer))]
  const inFlight = peers.map((peer) =>
    lineOf(peer, results, peer, /^(?:([\d,]+) in flight|sequential)$/, (us) => 1_000_000 / us),
  )
  const panels = [
    { title: 'us per call, among so many referents', lines: among('referent'), y: 'value' },
    { title: 'us per call, among so many sessions', lines: among('session'), y: 'value' },
    {
      title: 'calls per second, so many in flight',
      lines: inFlight.filter(({ points }) => points.length > 1),
      y: 'log',
    },
  ]
  const [panelHeight, axisPx] = [220, 50]
  const panelWidth = (width - 2 * gapPx) / 3
  return draw(panelHeight + 2 * titlePx + axisPx + 44, {
    legend: { bottom: 8, left: 'center', width: width * 0.7, itemGap: 16, textStyle: { ...text, fontSize: 11 } },
    title: panels.map(({ title }, index) => titled(title, index * (panelWidth + gapPx), gapPx)),
    grid: panels.map((_, index) => ({
      left: index * (panelWidth + gapPx) + axisPx,
      top: gapPx + titlePx,
      width: panelWidth - axisPx,
      height: panelHeight,
    })),
    xAxis: panels.map((_, gridIndex) => ({
      type: 'log',
      gridIndex,
      axisLabel: { ...text, fontSize: 10, formatter: shortly },
    })),
    yAxis: panels.map(({ y }, gridIndex) => ({
      type: y,
      gridIndex,
      min: y === 'log' ? undefined : 0,
      axisLabel: { ...text, fontSize: 10, formatter: shortly },
    })),
    series: panels.flatMap(({ lines }, index) =>
      lines.map(({ name, points }) => ({
        type: 'line',
        name,
        xAxisIndex: index,
        yAxisIndex: index,
        data: points,
        symbolSize: 5,
        lineStyle: { width: name === 'referent' ? 3 : 1.5 },
        ...(name === 'referent' ? { color: colors.referent } : {}),
      })),
    ),
  })
}

async function draw(height: number, option: object): Promise<string> {
  const { init } = await packageOf<Echarts>('echarts')
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height })
  chart.setOption({ animation: false, backgroundColor: '#ffffff', ...option })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return svg
}

function titled(title: string, left = 0, top = 0): object {
  return { text: title, left: left + 8, top, textStyle: { ...text, fontSize: 13 } }
}

function barsOf(results: readonly Result[], row: string): { peer: string; median: number }[] {
  return results.flatMap((each) =>
    each.row === row && each.median !== undefined ? [{ peer: each.peer, median: each.median }] : [],
  )
}

function colorOf(peer: string): string {
  if (peer === 'referent') return colors.referent
  return peer.startsWith('bare') ? colors.floor : colors.other
}

/** The medians of the peer in rows whose names match, by the number that matches: 1 where there is none. */
function lineOf(name: string, results: readonly Result[], peer: string, rows: RegExp, yOf = (us: number) => us): Line {
  const points = results.flatMap(({ row, median, ...each }): [number, number][] => {
    const match = rows.exec(row)
    if (match === null || each.peer !== peer || median === undefined) return []
    return [[Number((match[1] ?? '1').replaceAll(',', '')), yOf(median)]]
  })
  return { name, points }
}

function shortly(value: number): string {
  return value.toLocaleString('en', { notation: 'compact' })
}
