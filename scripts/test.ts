// Runs the specs under the Node that runs this. `npm test -- codec session` runs those whose path contains one of
// the words, `npm test -- '!session'` those whose path doesn't; what starts with a dash goes to `node --test`. Without
// words it runs all but those of the packed package, which install it: `npm run test:package`, `npm run
// test:toolchains`; and of the site, which must be built: `npm run test:site`. They run compiled, as every process that they start would take three times as long to start under
// tsx.
import { availableParallelism } from 'node:os'
import { withCompiled } from './compiled.ts'
import { findFiles } from './find-files.ts'
import { run } from './run.ts'

const args = process.argv.slice(2)
const options = args.filter((arg) => arg.startsWith('-'))
const wanted = args.filter((arg) => !arg.startsWith('-') && !arg.startsWith('!'))
const unwanted = args.filter((arg) => arg.startsWith('!')).map((arg) => arg.slice(1))

// The shell's or Node's own glob would do, but Node 20 has none.
const files = findFiles(['spec'], '.spec.ts')
  .filter((file) => (wanted.length === 0 ? !isApart(file) : wanted.some((word) => file.includes(word))))
  .filter((file) => !unwanted.some((word) => file.includes(word)))

if (files.length === 0) throw new Error(`no spec's path matches ${args.join(' ')}`)
// Ctrl-C ends the specs, and then this process, when it has tidied up: the command `tsx` would kill it before that.
process.on('SIGINT', () => undefined)
process.exitCode = await withCompiled((folder) => {
  const specs = files.map((file) => `${folder}/${file.replace(/ts$/, 'js')}`)
  return run(process.execPath, [...flagsFor(folder), ...options, ...specs], { env: environment() })
})

function flagsFor(folder: string): string[] {
  return [
    '--test',
    `--test-reporter=./${folder}/scripts/source-reporter.js`,
    '--test-reporter-destination=stdout',
    '--test-timeout=180000',
    // Node leaves a core to itself, which on two halves the speed; most specs wait for processes rather than compute.
    `--test-concurrency=${Math.max(2, availableParallelism() - 1)}`,
  ]
}

/** Node 20 reads these certificates at each start, for longer than all else that it does then. Only who installs needs them. */
function environment(): NodeJS.ProcessEnv {
  if (files.some(isApart)) return process.env
  const { NODE_EXTRA_CA_CERTS: _, ...others } = process.env
  return others
}

/** Those install what they try, or try what is built apart. */
function isApart(file: string): boolean {
  if (file.startsWith('spec/site/')) return true
  return ['spec/package/consumer.spec.ts', 'spec/toolchains/toolchains.spec.ts'].includes(file)
}
