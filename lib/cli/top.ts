import type { Command } from 'commander'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Inspection } from '../manager/inspection.ts'
import type { Manager } from '../manager/manager.ts'
import { ratesSince } from '../server/rates.ts'
import type { LoadInspection, ServerInspection } from '../server/inspection.ts'
import { callsOf, connect } from './access.ts'
import { actionOf, type ClientOptions, type Ended, milliseconds, timeoutOption, withAccess } from './command.ts'
import type { Console } from './console.ts'
import { pendingTable } from './inspect.ts'
import { jsonLine, type Output } from './output.ts'
import { plain } from '../proxy/plain.ts'
import { duration, mebibytes, table } from './table.ts'

/** More isn't read by anybody who looks. */
const listed = 50

interface TopOptions extends ClientOptions {
  readonly interval: number
  readonly once?: boolean
}

/** `referent top`: what a server has to do, again and again. */
export function addTop(program: Command, ended: Ended): void {
  const command = program
    .command('top')
    .description('show how many calls a server answers, how long they take, and which wait, until Ctrl-C')
    .argument('[address]', 'of the server (REFERENT_ADDRESS)')
    .option('-i, --interval <ms>', 'of time that each line is about', milliseconds, 1000)
    .option('--once', 'end after the first')
    .addOption(timeoutOption('--timeout <ms>', 'to be connected, and for each answer').default(10_000))
  withAccess(command).action(actionOf(ended, top))
}

async function top({ out, signal }: Console, options: TopOptions, address?: string): Promise<void> {
  await using manager = await connect(address, options, signal)
  const look = (of: Manager): Promise<Inspection> =>
    of.inspect({ ...callsOf(options, signal), limit: listed, load: true })
  let before = await look(manager)
  do {
    await sleep(options.interval, undefined, { signal })
    const now = await look(manager)
    const servers = now.servers.map((server, index) => loadOf(server, before.servers[index]))
    if (options.json === true) await out.lines(jsonLine(plain({ servers, pending: now.pending })))
    else await out.write(screen(out, linesOf(out, servers, now)))
    before = now
  } while (options.once !== true)
}

function linesOf(out: Output, servers: readonly (ServerLoad | undefined)[], { pending }: Inspection): string[] {
  const waiting = pendingTable(out, pending)
  return [...serverTable(out, servers), ...(waiting.length === 0 ? [] : ['', ...waiting])]
}

/** What a server did since the look before. */
interface ServerLoad extends LoadInspection {
  readonly pid: number
  readonly host: string
  readonly uptimeMs: number
  readonly sessions: number
  readonly referents: number
  readonly pending: number
  readonly callsPerS: number
  readonly errorsPerS: number
  readonly cpuPercent: number
}

/** Undefined for a server that has ended. */
function loadOf(now: ServerInspection | undefined, before: ServerInspection | undefined): ServerLoad | undefined {
  if (now?.load === undefined) return undefined
  const { pid, host, uptimeMs, load, totals } = now
  const { callsPerS, errorsPerS, cpuPercent = 0 } = ratesSince(before, now)
  return {
    pid,
    host,
    uptimeMs,
    ...load,
    sessions: totals.sessions,
    referents: totals.referents,
    pending: totals.pending,
    callsPerS,
    errorsPerS,
    cpuPercent,
  }
}

function serverTable(out: Output, servers: readonly (ServerLoad | undefined)[]): string[] {
  const columns = ['CALLS/S', 'ERRORS/S', 'P50', 'P99', 'MAX', 'LOOP P99', 'CPU', 'MEMORY', 'HEAP']
  return table(
    out,
    ['PID', 'HOST', 'UP', 'SESSIONS', 'REFERENTS', 'PENDING', ...columns],
    servers.map((server) => {
      if (server === undefined) return ['ended']
      const { pid, host, uptimeMs, sessions, referents, pending, latency, eventLoopDelay, cpuPercent } = server
      const times = [latency.p50Ms, latency.p99Ms, latency.maxMs, eventLoopDelay.p99Ms]
      return [
        ...[pid, host, duration(uptimeMs), sessions, referents, pending],
        ...[server.callsPerS.toFixed(0), server.errorsPerS.toFixed(0), ...times.map(duration)],
        ...[`${cpuPercent.toFixed(0)} %`, mebibytes(server.rssBytes), mebibytes(server.heapUsedBytes)],
      ]
    }),
  )
}

/** In place of what was there before, where it is a terminal; as much as it shows. */
function screen(out: Output, lines: readonly string[]): string {
  const text = lines.slice(0, out.height - 1).map((line) => `${line}\n`)
  return `${out.isTerminal ? '\u001b[H\u001b[2J' : ''}${text.join('')}`
}
