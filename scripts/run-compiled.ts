// `node --import=tsx scripts/run-compiled.ts bench/shared.ts --quick`: runs a program of this repository, with the library,
// as the JavaScript that users run. Under tsx each function costs more, as what it compiles keeps the functions' names.
import { spawnSync } from 'node:child_process'
import { compiled } from './compiled.ts'

const [program = 'which?', ...args] = process.argv.slice(2)
// Ctrl-C is the program's, which tells of what it did until then.
process.on('SIGINT', () => undefined)
const file = `${await compiled()}/${program.replace(/ts$/, 'js')}`
process.exitCode = spawnSync(process.execPath, [file, ...args], { stdio: 'inherit' }).status ?? 1
