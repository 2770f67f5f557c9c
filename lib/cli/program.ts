import { Command, CommanderError } from 'commander'
import { addCall } from './call.ts'
import { addCompletion } from './completion.ts'
import { addInspect } from './inspect.ts'
import { addMetrics } from './metrics.ts'
import { addPing } from './ping.ts'
import { addServe } from './serve.ts'
import { addTail } from './tail.ts'
import { addTop } from './top.ts'
import { exitCodes } from './exit-codes.ts'
import { jsonLine, printable } from './output.ts'

/** Runs the command line, and returns the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  let exitCode: number = exitCodes.done
  // Whoever reads what it says, help too, may end before it has said all.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  const program = createProgram(args.includes('--json'), (code) => (exitCode = code))
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    // It has said already what it is, or what is wrong.
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
  }
}

function createProgram(isJson: boolean, ended: (exitCode: number) => void): Command {
  const program = new Command('referent')
    .description('Serves live shared objects, and looks at those of a running server.')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`${misuse(text, isJson)}\n`) })
  addServe(program, ended)
  addCall(program, ended)
  addTail(program, ended)
  addPing(program, ended)
  addInspect(program, ended)
  addTop(program, ended)
  addMetrics(program, ended)
  addCompletion(program, ended)
  return program
}

/** What is wrong with a command line. What follows `=` may be a secret that was meant for an option that isn't there. */
function misuse(text: string, isJson: boolean): string {
  const line = text
    .trimEnd()
    .replace(/=[^]*'/, "'")
    .replaceAll('\n', ' ')
  return isJson ? jsonLine({ error: { name: 'UsageError', message: line.replace(/^error: /, '') } }) : printable(line)
}
