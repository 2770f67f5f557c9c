import type { Command } from 'commander'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Inspection } from '../manager/inspection.ts'
import type { LoadInspection, ServerInspection } from '../server/inspection.ts'
import { callsOf, connect } from './access.ts'
import { actionOf, type ClientOptions, count, type Ended, milliseconds, timeoutOption, withAccess } from './command.ts'
import type { Console } from './console.ts'
import { exposition, type Metric, type Sample } from './exposition.ts'
import { jsonLine } from './output.ts'
import { plain } from '../proxy/plain.ts'

interface MetricsOptions extends ClientOptions {
  readonly interval: number
  readonly limit: number
}

/** `referent metrics`: what a server has to do, for Prometheus to read. */
export function addMetrics(program: Command, ended: Ended): void {
  const command = program
    .command('metrics')
    .description('print what a server holds and has to do in the text format of Prometheus')
    .argument('[address]', 'of the server (REFERENT_ADDRESS)')
    .option('-i, --interval <ms>', 'for which times are measured, where nobody has looked lately', milliseconds, 1000)
    .option('--limit <count>', 'of how many typeids referents are counted, at most 10000', count, 100)
    .addOption(timeoutOption('--timeout <ms>', 'to be connected, and for each answer').default(10_000))
  withAccess(command).action(actionOf(ended, metrics))
}

async function metrics({ out, signal }: Console, options: MetricsOptions, address?: string): Promise<void> {
  await using manager = await connect(address, options, signal)
  const calls = callsOf(options, signal)
  // A server measures from the first look on.
  await manager.inspect({ ...calls, limit: 0, load: true })
  await sleep(options.interval, undefined, { signal })
  const shown = metricsOf(await manager.inspect({ ...calls, limit: options.limit, load: true }))
  await out.lines(...(options.json === true ? shown.map((metric) => jsonLine(plain(metric))) : exposition(shown)))
}

type Server = ServerInspection & { readonly load: LoadInspection }

/** What is told of a server, as docs/observability.md lists it. */
const described: readonly (readonly [
  type: Metric['type'],
  name: string,
  help: string,
  of: (server: Server) => Told,
])[] = [
  ['gauge', 'server_info', 'The process of the server; always 1.', ({ pid, host }) => [[1, { host, pid }]]],
  ['gauge', 'uptime_seconds', 'For how long the server has been there.', ({ uptimeMs }) => uptimeMs / 1000],
  ['gauge', 'sessions', 'Sessions that are open.', ({ totals }) => totals.sessions],
  ['gauge', 'referents', 'Referents of each typeid; those of all further ones have no typeid.', referentsOf],
  ['counter', 'calls_total', 'Calls of referents.', ({ totals }) => totals.calls],
  ['counter', 'call_errors_total', 'Calls of referents that failed.', ({ totals }) => totals.errors],
  ['gauge', 'pending_requests', 'Requests without an answer yet.', ({ totals }) => totals.pending],
  [
    'gauge',
    'call_duration_seconds',
    'Quantiles of how long the calls of the last seconds took; NaN without calls.',
    durationOf,
  ],
  ['gauge', 'event_loop_delay_seconds', 'Quantiles of how late timers were in the last seconds.', delayOf],
  ['counter', 'cpu_seconds_total', 'Processor time of the process.', ({ load }) => load.cpuMs / 1000],
  ['gauge', 'resident_memory_bytes', 'Memory of the process.', ({ load }) => load.rssBytes],
  ['gauge', 'heap_used_bytes', 'Memory that its JavaScript objects use.', ({ load }) => load.heapUsedBytes],
]

/** The metrics of all servers, each with the label `server`. */
export function metricsOf({ servers }: Inspection): Metric[] {
  const up: Metric = {
    name: 'referent_up',
    type: 'gauge',
    help: 'Whether the server is there: 0 for one that has ended.',
    samples: servers.flatMap((server, index) => samplesOf(index, server === undefined ? 0 : 1)),
  }
  return [
    up,
    ...described.map(([type, name, help, of]) => {
      const samples = servers.flatMap((server, index) => (isMeasured(server) ? samplesOf(index, of(server)) : []))
      return { name: `referent_${name}`, type, help, samples }
    }),
  ]
}

function isMeasured(server: ServerInspection | undefined): server is Server {
  return server?.load !== undefined
}

/** One value, or several with labels of their own. */
type Told = number | readonly (readonly [value: number, labels: Sample['labels']])[]

function samplesOf(server: number, told: Told): Sample[] {
  const values = typeof told === 'number' ? ([[told, {}]] as const) : told
  return values.map(([value, labels]) => ({ labels: { server, ...labels }, value }))
}

function referentsOf({ types, totals }: ServerInspection): Told {
  const told = types.map(({ typeid, count: referents }) => [referents, { typeid }] as const)
  const rest = told.reduce((left, [referents]) => left - referents, totals.referents)
  return rest > 0 ? [...told, [rest, {}]] : told
}

function durationOf({ load: { latency } }: Server): Told {
  const { count: calls, p50Ms, p99Ms, maxMs } = latency
  const orNone = (ms: number): number => (calls === 0 ? NaN : ms)
  return quantiles({ '0.5': orNone(p50Ms), '0.99': orNone(p99Ms), '1': orNone(maxMs) })
}

function delayOf({ load: { eventLoopDelay } }: Server): Told {
  return quantiles({ '0.99': eventLoopDelay.p99Ms, '1': eventLoopDelay.maxMs })
}

function quantiles(ofMs: Readonly<Record<string, number>>): Told {
  return Object.entries(ofMs).map(([quantile, ms]) => [ms / 1000, { quantile }])
}
