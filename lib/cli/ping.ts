import type { Command } from 'commander'
import { setTimeout as sleep } from 'node:timers/promises'
import { callsOf, connect } from './access.ts'
import { actionOf, type ClientOptions, count, type Ended, milliseconds, timeoutOption, withAccess } from './command.ts'
import type { Console } from './console.ts'
import { jsonLine } from './output.ts'

interface PingOptions extends ClientOptions {
  readonly count: number
  readonly interval: number
}

/** `referent ping`: how long a server takes to answer. */
export function addPing(program: Command, ended: Ended): void {
  const command = program
    .command('ping')
    .description('how long a server takes to answer; fails where it does not')
    .argument('[address]', 'of the server (REFERENT_ADDRESS)')
    .option('-c, --count <count>', 'how many times', count, 4)
    .option('-i, --interval <ms>', 'how long after each answer the next one is asked for', milliseconds, 200)
    .addOption(timeoutOption('--timeout <ms>', 'for each answer').default(10_000))
  withAccess(command).action(actionOf(ended, ping))
}

async function ping(console: Console, options: PingOptions, address?: string): Promise<void> {
  const { out, signal } = console
  await using manager = await connect(address, options, signal)
  const timesMs: number[] = []
  while (timesMs.length < options.count) {
    if (timesMs.length > 0) await sleep(options.interval, undefined, { signal })
    const startMs = performance.now()
    await manager.inspect({ ...callsOf(options, signal), limit: 0 })
    const ms = performance.now() - startMs
    timesMs.push(ms)
    if (options.json !== true) await out.lines(`answer ${timesMs.length} in ${shown(ms)}`)
  }
  timesMs.sort((one, other) => one - other)
  const [minMs = NaN, medianMs, maxMs = NaN] = [timesMs.at(0), medianOf(timesMs), timesMs.at(-1)]
  if (options.json === true) await out.lines(jsonLine({ count: timesMs.length, minMs, medianMs, maxMs }))
  else await out.lines(`${timesMs.length} answers: min ${shown(minMs)}, median ${shown(medianMs)}, max ${shown(maxMs)}`)
}

/** The one in the middle of a sorted list, or half way between the two there. */
function medianOf(sorted: readonly number[]): number {
  const [one = NaN, other = one] = sorted.slice((sorted.length - 1) / 2, sorted.length / 2 + 1)
  return (one + other) / 2
}

function shown(ms: number): string {
  return `${ms.toFixed(2)} ms`
}
