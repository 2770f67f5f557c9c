import { type Ending, Program, type ProgramOptions } from '../harness/program.ts'

const cli = '../../lib/cli-main.ts'

/** Runs the command line to its end. */
export function referent(args: readonly string[], options: Omit<ProgramOptions, 'args'> = {}): Promise<Ending> {
  return Program.run(cli, import.meta.url, { ...options, args })
}

/** Starts it. */
export function startReferent(args: readonly string[], options: Omit<ProgramOptions, 'args'> = {}): Promise<Program> {
  return Program.start(cli, import.meta.url, { ...options, args })
}
