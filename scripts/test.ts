// Runs the specs under the Node that runs this. `npm test -- codec session` runs those whose path contains one of
// the words, `npm test -- '!session'` those whose path doesn't; what starts with a dash goes to `node --test`. Without
// words it runs all but those of the packed package, which install it: `npm run test:package`, `npm run
// test:toolchains`; and of the site, which must be built: `npm run test:site`. They run compiled, as every process that
// they start would take three times as long to start under tsx.
import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { compiled } from './compiled.ts'
import { findFiles } from './find-files.ts'

const args = process.argv.slice(2)
const options = args.filter((arg) => arg.startsWith('-'))
const unwanted = args.filter((arg) => arg.startsWith('!')).map((arg) => arg.slice(1))
const wanted = args.filter((arg) => !/^[-!]/.test(arg))

/** Those install what they try, or try what is built apart. */
const apart = /^spec\/(?:site\/|package\/consumer|toolchains\/toolchains)/

// The shell's or Node's own glob would do, but Node 20 has none.
const files = findFiles(['spec'], '.spec.ts')
  .filter((file) => (wanted.length === 0 ? !apart.test(file) : wanted.some((word) => file.includes(word))))
  .filter((file) => !unwanted.some((word) => file.includes(word)))
if (files.length === 0) throw new Error(`no spec's path matches ${args.join(' ')}`)

/** Those that take longest, most of it in waits: they start first, as the others run beside them. */
const longest = ['network/machines', 'resume/', 'spec/docs/docs', 'cli/commands', 'manager/hosts', 'browser/browser']
const rank = (file: string): number => longest.findIndex((word) => file.includes(word)) + 1 || longest.length + 1
files.sort((one, other) => rank(one) - rank(other))

const folder = await compiled()
const flags = [
  '--test',
  `--test-reporter=./${folder}/spec/harness/source-reporter.js`,
  '--test-reporter-destination=stdout',
  '--test-timeout=180000',
  // Most specs wait for processes, rather than compute.
  `--test-concurrency=${availableParallelism() + 1}`,
]
const specs = files.map((file) => `${folder}/${file.replace(/ts$/, 'js')}`)
// Node 20 reads those certificates at each start, for longer than all else that it does then. Only who installs needs them.
const { NODE_EXTRA_CA_CERTS, ...others } = process.env
const certificates = files.some((file) => apart.test(file)) && NODE_EXTRA_CA_CERTS ? { NODE_EXTRA_CA_CERTS } : {}
// Node 22 and later compile the library once, for all processes that they start.
const env: NodeJS.ProcessEnv = { ...others, ...certificates, NODE_COMPILE_CACHE: resolve(folder, 'compile-cache') }
// Those that specs start without an address listen there: `ADDRESS=tls://127.0.0.1:0 npm test -- types/`.
if (env['ADDRESS']) env['NODE_OPTIONS'] = `--import=${pathToFileURL(`${folder}/spec/harness/given-address.js`).href}`
// Ctrl-C is the runner's, which ends the specs.
process.on('SIGINT', () => undefined)
process.exitCode = spawnSync(process.execPath, [...flags, ...options, ...specs], { env, stdio: 'inherit' }).status ?? 1
