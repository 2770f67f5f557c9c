// `tsx scripts/run-compiled.ts bench/shared.ts --quick`: runs a program of this repository, with the library, as the
// JavaScript that users run. Under tsx each function costs more, as what it compiles keeps the functions' names.
import { withCompiled } from './compiled.ts'
import { run } from './run.ts'

const [program, ...args] = process.argv.slice(2)
if (program === undefined) throw new Error('which program?')
// Ctrl-C ends the program, and then this process, when it has tidied up.
process.on('SIGINT', () => undefined)
process.exitCode = await withCompiled((folder) =>
  run(process.execPath, [`${folder}/${program.replace(/ts$/, 'js')}`, ...args]),
)
