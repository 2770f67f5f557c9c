// npm run fuzz [-- --minutes 10] [-- --frames 1000000] [-- --seed 7] [-- --direction client] [-- --replay fuzz-failure.json]:
// peers that know docs/protocol.md and break it, against real processes. Does everybody else's call go on as before?
//
// A call of a bystander may take 200 ms, without the time in which its own thread or the server's was ready to run and
// had no processor: that is the machine's part.
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { runHostileClients } from './fuzz/client-run.ts'
import { runHostileServers } from './fuzz/server-run.ts'
import type { Replay } from './fuzz/orders.ts'
import type { Outcome, Plan } from './fuzz/outcome.ts'
import { total } from './fuzz/tally.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    frames: { type: 'string', default: String(Number.MAX_SAFE_INTEGER) },
    lanes: { type: 'string', default: '8' },
    batch: { type: 'string', default: '16' },
    direction: { type: 'string', default: 'both' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    replay: { type: 'string' },
  },
})

const replay = values.replay === undefined ? undefined : (JSON.parse(readFileSync(values.replay, 'utf8')) as Replay)
const direction = replay?.direction ?? values.direction
const directions = direction === 'both' ? ['client', 'server'] : [direction]
const runs: Readonly<Record<string, (plan: Plan) => Promise<Outcome>>> = {
  client: runHostileClients,
  server: runHostileServers,
}

console.log(`seed ${values.seed}`)
for (const each of directions) {
  const run = runs[each]
  if (run === undefined) throw new Error(`--direction is client, server or both, not ${each}`)
  const outcome = await run(planOf(each))
  print(outcome)
  if (outcome.failures.length > 0) process.exitCode = 1
}

/** Hostile clients have two thirds of the time, hostile servers the rest. */
function planOf(each: string): Plan {
  const share = directions.length === 1 ? 1 : each === 'client' ? 2 / 3 : 1 / 3
  return {
    seed: Number(values.seed),
    durationMs: Number(values.minutes) * 60_000 * share,
    mostFrames: replay === undefined ? Number(values.frames) * share : Number.MAX_SAFE_INTEGER,
    lanes: replay === undefined ? Number(values.lanes) : 1,
    batchLength: replay === undefined ? Number(values.batch) : 1,
    replay: replay?.sessions,
  }
}

function print({ direction: which, tally, failures, latest, rows }: Outcome): void {
  console.log(`\nHostile ${which}s`)
  console.log(table([['frames', total(tally.frames)], ...Object.entries(tally.counts), ...rows]))
  for (const [title, list] of [
    ['Frames by kind', tally.frames],
    ['Connections that the other side closed', tally.cuts],
    ['Breaks of the protocol that it let pass', tally.tolerated],
  ] as const) {
    if (total(list) > 0)
      console.log(`${title}\n${table(Object.entries(list).toSorted(([, one], [, other]) => other - one))}`)
  }
  console.log(
    failures.length === 0 ? 'All as it should be' : `WRONG, with seed ${values.seed}:\n${briefly(failures).join('\n')}`,
  )
  if (failures.length > 0) save(which, latest)
}

/** Each once, and only how it begins: what follows of an error is in it, but hides the rest. */
function briefly(failures: readonly string[]): string[] {
  const starts = failures.map((failure) => failure.split('\n', 3).join('\n').slice(0, 500))
  return [...new Set(starts)].slice(0, 12)
}

/** Writes what does the sessions that were last at work again, one by one. */
function save(which: Outcome['direction'], latest: Outcome['latest']): void {
  const frames = new Map<number, number>()
  for (const { session, frame } of latest) frames.set(session, frame)
  const sessions = [...frames].map(([seed, count]) => ({ seed, frames: count }))
  const file = `fuzz-failure-${which}.json`
  writeFileSync(
    file,
    JSON.stringify(
      { direction: which, seed: Number(values.seed), sessions, latest } satisfies Replay & Pick<Outcome, 'latest'>,
      null,
      1,
    ),
  )
  console.log(`The last frames are in ${file}; npm run fuzz -- --replay ${file} sends them again, one at a time`)
}

function table(rows: readonly (readonly [string, string | number])[]): string {
  return rows.map(([what, value]) => `  ${what.padEnd(40)} ${value.toLocaleString('en').padStart(12)}`).join('\n')
}
