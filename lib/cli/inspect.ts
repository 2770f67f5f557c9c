import type { Command } from 'commander'
import type { Inspection } from '../manager/inspection.ts'
import type { PendingInspection } from '../server/inspection.ts'
import { callsOf, connect } from './access.ts'
import { actionOf, type ClientOptions, count, type Ended, portOption, timeoutOption, withAccess } from './command.ts'
import type { Console } from './console.ts'
import { UsageError } from './exit-codes.ts'
import { type PageOptions, showPage } from './inspector-page.ts'
import { jsonLine, type Output, printable } from './output.ts'
import { plain } from '../proxy/plain.ts'
import { counted, duration, table } from './table.ts'

interface InspectionOptions extends ClientOptions, PageOptions {
  readonly limit: number
  readonly open?: boolean
}

/** `referent inspect`: what a server holds, and for whom. */
export function addInspect(program: Command, ended: Ended): void {
  const command = program
    .command('inspect')
    .alias('ps')
    .description('show the sessions and referents of a server, and the calls that have no answer yet')
    .argument('[address]', 'of the server (REFERENT_ADDRESS)')
    .option('--limit <count>', 'how many of each are shown, at most 10000', count, 100)
    .addOption(timeoutOption('--timeout <ms>', 'to be connected, and for the answer').default(10_000))
    .option('--open', 'show it in a page of the browser, as it changes, until Ctrl-C')
    .option('--no-browser', 'with --open: print the link to the page, and start no browser')
    .addOption(portOption('--port <port>', 'with --open: of 127.0.0.1, where the page is; a free one without it'))
    .option('--allow-calls', 'with --open: let the page call methods')
  withAccess(command).action(actionOf(ended, inspect))
}

async function inspect({ out, signal }: Console, options: InspectionOptions, address?: string): Promise<void> {
  const { open = false, port, allowCalls = false } = options
  if (!open && (port !== undefined || allowCalls))
    throw new UsageError('--port and --allow-calls are of a page: give --open too')
  await using manager = await connect(address, options, signal)
  if (open) return await showPage(manager, out, options, signal)
  const inspection = await manager.inspect({ ...callsOf(options, signal), limit: options.limit })
  if (options.json === true) await out.lines(jsonLine(plain(inspection)))
  else await out.lines(...linesOf(out, inspection))
}

function linesOf(out: Output, inspection: Inspection): string[] {
  const { referents, types, sessions, pending, truncated } = inspection
  const parts = [
    summaryOf(inspection),
    table(
      out,
      ['SESSION', 'PID', 'HOST', 'AGE', 'OPENED BY', 'HOLDS', 'PENDING', 'CALLS', 'ERRORS'],
      sessions.map(({ id, pid, host, ageMs, authority, holds, pending: waiting, calls, errors }) => {
        const by = authority === 'all' ? 'authkey' : 'reference'
        return [id, pid, host, duration(ageMs), by, holds, waiting, calls, errors]
      }),
    ),
    table(
      out,
      ['REFERENT', 'TYPEID', 'NAME', 'SESSIONS', 'PINS', 'RUNNING', 'QUEUED'],
      referents.map(({ id, typeid, name, references, pins, running, queued }) => {
        return [id, typeid, name, references, pins, running, queued]
      }),
    ),
    table(
      out,
      ['TYPEID', 'REFERENTS'],
      types.map((type) => [type.typeid, type.count]),
    ),
    pendingTable(out, pending),
    truncated ? ['There is more: see --limit.'] : [],
  ]
  return parts.filter((lines) => lines.length > 0).flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]))
}

function summaryOf({ servers, totals }: Inspection): string[] {
  const { referents, sessions, calls, errors, pending } = totals
  return [
    ...servers.map((server, index) =>
      server === undefined
        ? `server ${index} has ended`
        : `server ${index} is process ${server.pid} of ${printable(server.host)}, up for ${duration(server.uptimeMs)}`,
    ),
    [
      counted(referents, 'referent'),
      counted(sessions, 'session'),
      counted(calls, 'call'),
      counted(errors, 'error'),
      `${pending} pending`,
    ].join(', '),
  ]
}

/** The calls that have no answer yet, and who has what they are for. */
export function pendingTable(out: Output, pending: readonly PendingInspection[]): string[] {
  const rows = pending.flatMap(({ id, typeid, name, calls, holders = [] }) => {
    const held = holders.map(({ session, ageMs }) => `${session} for ${duration(ageMs)}`).join(', ')
    return calls.map(({ method, session, ageMs, isWaiting }) => {
      const state = isWaiting ? 'in line' : 'running'
      return [id, name ?? typeid, method, session, state, duration(ageMs), held === '' ? undefined : held]
    })
  })
  return table(out, ['REFERENT', 'NAME', 'CALL', 'SESSION', 'STATE', 'AGE', 'HELD BY'], rows)
}
