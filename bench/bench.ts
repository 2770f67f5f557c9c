// npm run bench: what a call costs, beside bare messages and other libraries. docs/performance.md says what each row is.
import { parseArgs } from 'node:util'
import { type Contender, contenders } from './contender.ts'
import { writePage } from './page.ts'
import { conditions, formatResults } from './report.ts'
import { measureRows, type Plan, type Result } from './rounds.ts'
import { type Row, rows } from './rows.ts'

const full: Plan = { rounds: 7, freshRounds: 5, sliceMs: 40, warmUpMs: 20_000 }
const quick: Plan = { rounds: 1, freshRounds: 1, sliceMs: 20, warmUpMs: 50 }

const { values: options } = parseArgs({
  options: {
    /** Rows whose names have all words of one of these, which commas part: `--only 'lock, 64 flight'`. */
    only: { type: 'string' },
    /** The same for those that are measured; referent always is. */
    peers: { type: 'string' },
    /** The folder of another checkout, whose referent is measured in the same rounds. */
    against: { type: 'string' },
    /** The big rows too. */
    full: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    /** Seven unless said. More of them tell smaller differences. */
    rounds: { type: 'string' },
    json: { type: 'boolean', default: false },
    /** Writes the numbers into docs/performance.md, and the plots. */
    page: { type: 'boolean', default: false },
  },
})

const plan = chosenPlan()
const chosen = chosenRows()
const entrants = new Set(await chosenContenders())
const results: Result[] = []
if (!options.json) console.log(conditions())
for (const name of new Set(chosen.map(groupOf))) {
  const group = chosen.filter((row) => groupOf(row) === name)
  const measured = await measureRows(group, [...entrants], plan)
  results.push(...measured)
  // Who is absent is named once.
  for (const each of entrants)
    if (measured.some(({ peer, skipped }) => peer === each.name && skipped?.isAbsent)) entrants.delete(each)
  if (!options.json) console.log(`\n${name}\n\n${formatResults(measured)}`)
}
if (options.json) console.log(JSON.stringify({ conditions: conditions(), results }, undefined, 2))
else console.log(`\n${conditions()}, took ${Math.round(performance.now() / 1000)} s`)
if (options.page) await writePage(results)
// What is wrong with one that is there is no result.
if (results.some(({ skipped }) => skipped?.isAbsent === false)) process.exitCode = 1

function chosenPlan(): Plan {
  const base = options.quick ? quick : full
  if (options.rounds === undefined) return base
  const rounds = Number(options.rounds)
  if (!Number.isInteger(rounds) || rounds < 1) throw new TypeError('--rounds must be a number of rounds: 1, 2, ...')
  return { ...base, rounds, freshRounds: rounds }
}

function groupOf({ name, group = name }: Row): string {
  return group
}

function chosenRows(): Row[] {
  const found = rows.filter(({ name, isBig = false }) => isNamed(name, options.only) && (options.full || !isBig))
  if (found.length > 0) return found
  throw new Error(`no row has these words; there are: ${rows.map(({ name }) => name).join('; ')}`)
}

async function chosenContenders(): Promise<Contender[]> {
  const all = await contenders(options.against)
  return all.filter(({ name }, index) => index === 0 || name.startsWith('/') || isNamed(name, options.peers))
}

function isNamed(name: string, choice: string | undefined): boolean {
  if (choice === undefined) return true
  return choice
    .split(', ')
    .some((words) => words.split(' ').every((word) => name.toLowerCase().includes(word.toLowerCase())))
}
