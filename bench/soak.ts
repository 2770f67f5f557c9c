// npm run soak [-- --minutes 1] [-- --episodes 30] [-- --seed 7]: for half of the time clients that call, and are killed,
// cut off and connected anew. Is each call that was answered carried out once, each other one not twice, and does the
// server's memory stay as it is? For the other half, and until there were so many episodes, processes that use queues,
// locks, callbacks, streams and a pool, and are killed, or stand still for longer than heartbeats wait. Is nothing lost that
// was acknowledged, nothing doubled, and does every call settle?
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Manager } from 'referent'
import { type EpisodesOutcome, runEpisodes } from './episodes/episodes-run.ts'
import { runSoak, type SoakOutcome } from './soak-run.ts'
import { activeResources, openFiles } from './soak-traces.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    episodes: { type: 'string', default: '0' },
    clients: { type: 'string', default: '8' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
})

/** What the last quarter may have more of than the first: code that was compiled late, maps that grew once. */
const mostGrowthBytes = 4 * 1024 * 1024

console.log(`seed ${values.seed}`)
// With its first pipe or socket, a process opens a file that it keeps (libuv's reserve, for when there are too many).
await (await Manager.start()).close()
const before = { files: openFiles(process.pid), resources: await activeResources() }
const outcome = await runSoak({
  seed: Number(values.seed),
  durationMs: Number(values.minutes) * 30_000,
  clients: Number(values.clients),
})
const episodes = await runEpisodes({
  seed: Number(values.seed),
  durationMs: Number(values.minutes) * 30_000,
  leastEpisodes: Number(values.episodes),
  workers: Number(values.clients),
})
const after = await tracesAfter()

console.log(summaryOf(outcome))
console.log(episodesSummaryOf(episodes))
const wrong = [...outcome.account.wrong, ...episodes.wrong, ...growth(outcome), ...leftOver()]
console.log(
  wrong.length === 0 ? 'All as it should be' : `WRONG, with seed ${values.seed}:\n${wrong.slice(0, 20).join('\n')}`,
)
process.exitCode = wrong.length === 0 ? 0 : 1

function summaryOf({ account, kills, keptBytes }: SoakOutcome): string {
  const rows: readonly (readonly [what: string, count: string | number])[] = [
    ['calls that were answered', account.calls.done],
    ['calls of unknown delivery', account.calls.unknown],
    ['  of which were carried out', account.carriedOut],
    ['calls that were not sent', account.calls['not-sent']],
    ['sessions closed amid calls', account.sessions.closed],
    ['connections cut amid calls', account.sessions.cut],
    ['clients killed and replaced', kills],
    ["server's memory, 1st quarter", mebibytes(first(keptBytes))],
    ["server's memory, last quarter", mebibytes(last(keptBytes))],
  ]
  return table(rows)
}

function episodesSummaryOf({ reckoning, kills, freezes, serverFreezes }: EpisodesOutcome): string {
  return table([
    ['processes killed', kills],
    ['processes that stood still', freezes],
    ['servers that stood still', serverFreezes],
    ...Object.entries(reckoning.counts),
    ...Object.entries(reckoning.excused).map(([what, count]) => [`excused: ${what}`, count] as const),
  ])
}

function table(rows: readonly (readonly [what: string, count: string | number])[]): string {
  return rows.map(([what, count]) => `${what.padEnd(40)} ${count.toLocaleString('en').padStart(12)}`).join('\n')
}

function growth({ keptBytes }: SoakOutcome): string[] {
  const grown = last(keptBytes) - first(keptBytes)
  return grown <= mostGrowthBytes ? [] : [`the server's memory grew by ${mebibytes(grown)}`]
}

/** What is left when the last sockets and pipes of processes that have just ended are closed, which takes a moment. */
async function tracesAfter(): Promise<typeof before> {
  const deadline = performance.now() + 5000
  for (;;) {
    const traces = { files: openFiles(process.pid), resources: await activeResources() }
    const isClean = traces.files <= before.files && traces.resources === before.resources
    if (isClean || performance.now() > deadline) return traces
    await pause(50)
  }
}

function leftOver(): string[] {
  if (after.files <= before.files && after.resources === before.resources) return []
  return [
    `this process has ${after.files} files open and ${after.resources}; before, ${before.files} and ${before.resources}`,
  ]
}

/** The least of a quarter: what a client has in flight at the moment is no growth. */
function first(bytes: readonly number[]): number {
  return Math.min(...bytes.slice(0, Math.ceil(bytes.length / 4)))
}

function last(bytes: readonly number[]): number {
  return Math.min(...bytes.slice(-Math.ceil(bytes.length / 4)))
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`
}
