import { spawnSync } from 'node:child_process'

export interface RunOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
}

/** Runs a program to its end on this terminal and returns its exit code; 1 where a signal ended it. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): number {
  const { status, error } = spawnSync(program, args, { ...options, stdio: ['ignore', 'inherit', 'inherit'] })
  if (error !== undefined) throw error
  return status ?? 1
}

/** As `run`, but throws unless the program exits with 0. */
export function mustRun(program: string, args: readonly string[], options: RunOptions = {}): void {
  const exitCode = run(program, args, options)
  if (exitCode !== 0) throw new Error(`${program} ${args.join(' ')} exited with ${exitCode}`)
}
