// Runs the specs under every supported Node: `npm run test:nodes`, `npm run test:nodes -- --versions 22,24`.
import { delimiter, dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { obtainNode } from './obtain-node.ts'
import { mustRun, run } from './run.ts'

const supported = ['20', '22', '24', '26']

const { values } = parseArgs({ options: { versions: { type: 'string', default: supported.join(',') } } })

if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.error(
    `npm run test:nodes takes its Nodes from a package for Linux x64; this is ${process.platform} ${process.arch}`,
  )
  process.exit(1)
}

const exitCodes = values.versions.split(',').map((version) => [version, testUnder(obtainNode(version))] as const)

for (const [version, exitCode] of exitCodes) console.log(`Node ${version}: ${exitCode === 0 ? 'passed' : 'FAILED'}`)
process.exitCode = exitCodes.some(([, exitCode]) => exitCode !== 0) ? 1 : 0

function testUnder(binary: string): number {
  mustRun(binary, ['--print', '`\\n== Node ${process.version}`'])
  // First on the path, so that a child started as plain `node` is this one too.
  const env = { ...process.env, PATH: `${dirname(binary)}${delimiter}${process.env['PATH'] ?? ''}` }
  const runs = [[], ['package/consumer']].map((words) =>
    run(binary, ['--import=tsx', 'scripts/test.ts', ...words], { env }),
  )
  return Math.max(...runs)
}
