import type { JSX } from 'preact'
import type { SampleRow } from '../lib/inspector/rows.ts'
import { counted, duration, mebibytes, percent } from './format.ts'
import { Plot, type Series } from './plot.tsx'
import { linkTo, type Route } from './route.ts'
import { Failed } from './failed.tsx'
import { type ShownOf, useLook } from './use-look.ts'

interface Panel {
  readonly title: string
  readonly series: readonly Series[]
  readonly format: (value: number | undefined) => string
  readonly least: number
}

const panels: readonly Panel[] = [
  {
    title: 'Calls per second',
    least: 10,
    format: counted,
    series: [
      { title: 'calls', colour: 'one', of: ({ callsPerS }) => callsPerS },
      { title: 'errors', colour: 'bad', of: ({ errorsPerS }) => errorsPerS },
    ],
  },
  {
    title: 'How long calls take',
    least: 0.1,
    format: duration,
    series: [
      { title: 'median', colour: 'one', of: ({ p50Ms }) => p50Ms },
      { title: '99 %', colour: 'two', of: ({ p99Ms }) => p99Ms },
    ],
  },
  {
    title: 'Event loop delay',
    least: 10,
    format: duration,
    series: [{ title: '99 %', colour: 'one', of: ({ loopP99Ms }) => loopP99Ms }],
  },
  {
    title: 'Processor',
    least: 10,
    format: percent,
    series: [{ title: 'of one core', colour: 'one', of: ({ cpuPercent }) => cpuPercent }],
  },
  {
    title: 'Memory',
    least: 1,
    format: mebibytes,
    series: [
      { title: 'process', colour: 'one', of: ({ rssBytes }) => rssBytes },
      { title: 'heap', colour: 'two', of: ({ heapUsedBytes }) => heapUsedBytes },
    ],
  },
  {
    title: 'Sessions, and calls without an answer',
    least: 4,
    format: counted,
    series: [
      { title: 'sessions', colour: 'one', of: ({ sessions }) => sessions },
      { title: 'pending', colour: 'two', of: ({ pending }) => pending },
    ],
  },
]

/** As many as the inspector keeps. */
const keptMs = 15 * 60_000

function together(before: ShownOf<'overview'> | undefined, now: ShownOf<'overview'>): ShownOf<'overview'> {
  if (before === undefined || now.isFirst) return now
  const all: readonly SampleRow[] = [...before.samples, ...now.samples]
  const last = all.at(-1)?.at ?? 0
  return { ...now, samples: all.filter(({ at }) => at > last - keptMs) }
}

export function Overview({ route: { server } }: { readonly route: Route }): JSX.Element {
  const { shown, failure } = useLook<'overview'>({ view: 'overview', server }, together)
  const samples = shown?.samples ?? []
  const last = samples.at(-1)
  return (
    <div class="overview">
      <Failed failure={failure} />
      {panels.map(({ title, series, format, least }) => (
        <section class="panel" aria-label={title}>
          <h2>{title}</h2>
          <dl class="numbers">
            {series.map(({ title: name, colour, of }) => (
              <div class={`series ${colour}`}>
                <dt>{name}</dt>
                <dd>{format(last === undefined ? undefined : of(last))}</dd>
              </div>
            ))}
          </dl>
          <Plot samples={samples} series={series} format={format} least={least} />
        </section>
      ))}
      <section class="panel" aria-label="Typeids">
        <h2>Typeids</h2>
        <ul class="types">
          {shown?.types.map(({ typeid, count }) => (
            <li key={typeid}>
              <a href={linkTo('referents', { find: typeid, server })}>{typeid}</a>
              <span>{counted(count)}</span>
            </li>
          ))}
        </ul>
      </section>
    </div>
  )
}
