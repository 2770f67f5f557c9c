import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import type { SampleRow } from '../lib/inspector/rows.ts'

export interface Series {
  readonly title: string
  /** A variable of the style sheet. */
  readonly colour: 'one' | 'two' | 'bad'
  readonly of: (sample: SampleRow) => number | undefined
}

interface PlotProps {
  readonly samples: readonly SampleRow[]
  readonly series: readonly Series[]
  readonly format: (value: number | undefined) => string
  /** What the scale goes to at least. */
  readonly least: number
}

const height = 110

/** Lines over the last 15 minutes. The numbers beside it say the same to who doesn't see it. */
export function Plot(props: PlotProps): JSX.Element {
  const { samples, series } = props
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  useEffect(() => {
    const within = place.current
    if (within === null) return
    const dark = matchMedia('(prefers-color-scheme: dark)')
    const draw = (): void => {
      plot.current?.destroy()
      plot.current = new uPlot(optionsOf(within, props), dataOf(samples, series), within)
    }
    const observer = new ResizeObserver(() => plot.current?.setSize({ width: within.clientWidth, height }))
    draw()
    observer.observe(within)
    dark.addEventListener('change', draw)
    return () => {
      observer.disconnect()
      dark.removeEventListener('change', draw)
      plot.current?.destroy()
      plot.current = null
    }
  }, [])
  useEffect(() => plot.current?.setData(dataOf(samples, series)), [samples])
  return <div class="plot" ref={place} aria-hidden="true" />
}

function dataOf(samples: readonly SampleRow[], series: readonly Series[]): uPlot.AlignedData {
  const times = samples.map(({ at }) => at / 1000)
  return [times, ...series.map(({ of }) => samples.map((sample) => of(sample) ?? null))]
}

function optionsOf(place: HTMLElement, { series, format, least }: PlotProps): uPlot.Options {
  const style = getComputedStyle(place)
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim()
  const axis: uPlot.Axis = {
    stroke: colour('faint'),
    grid: { stroke: colour('line'), width: 1 },
    ticks: { show: false },
    font: `11px ${style.fontFamily}`,
  }
  return {
    width: Math.max(place.clientWidth, 100),
    height,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: true }, y: { range: (_plot, _min, most) => [0, Math.max(most * 1.1, least)] } },
    axes: [
      { ...axis, size: 22, space: 70, values: (_plot, values) => values.map(clock) },
      { ...axis, size: 64, space: 30, values: (_plot, values) => values.map((value) => format(value)) },
    ],
    series: [{}, ...series.map((each) => ({ stroke: colour(each.colour), width: 1.5, points: { show: false } }))],
  }
}

function clock(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString('en-GB')
}
