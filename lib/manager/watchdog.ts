import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Socket } from 'node:net'
import { watchdogArguments } from './watched.ts'

/**
 * Reads until nobody can write any more: this process, which alone holds the other end, is dead then. The server ends by
 * that too, and is killed where it hasn't in time. When a process was started (field 22 of `man 5 proc_pid_stat`) tells
 * it from a later one of the same number. Only `sleep` and `rm` are no builtins, but for `ps` where there is no /proc.
 */
const script = `# referent: kills a server process that is blocked, if the process that started it dies
trap '' HUP INT TERM
server=$1 seconds=$2 folder=$3
find_birth() {
  if read -r stat < "/proc/$server/stat"; then set -- \${stat##*) }; birth=\${20}
  else birth=$(ps -o lstart= -p "$server"); fi
} 2> /dev/null
birth=; find_birth; first=$birth
[ -n "$first" ] || exit
read -r line
while birth=; find_birth; [ "$birth" = "$first" ]; do
  [ "$seconds" -gt 0 ] || { kill -KILL "$server"; break; }
  seconds=$((seconds - 1))
  sleep 1 || exit
done
[ -z "$folder" ] || rm -rf -- "$folder"`

export interface WatchdogOptions {
  readonly serverPid: number
  /** How long the server may take to end in order. */
  readonly endingMs: number
  /** The folder of the server's address, if one was made for it: neither of the two could remove it. */
  readonly folder: string | undefined
}

/**
 * A shell that kills a server process which is blocked, or stopped, while this process dies. It costs a megabyte, and two
 * milliseconds in which the server starts. On Windows, and where there is no `/bin/sh`, there is none.
 */
export class Watchdog {
  readonly #shell: ChildProcess | undefined

  constructor(options: WatchdogOptions) {
    this.#shell = process.platform === 'win32' ? undefined : start(options)
  }

  get pid(): number | undefined {
    return this.#shell?.pid
  }

  /** Ends it, as the server has ended. Resolves when nothing of it is left. */
  async end(): Promise<void> {
    const shell = this.#shell
    if (shell?.pid === undefined || shell.exitCode !== null || shell.signalCode !== null) return
    shell.ref()
    const exited = once(shell, 'exit')
    shell.kill('SIGKILL')
    await exited
  }
}

/** Undefined where this process may start none: a server without a watchdog is better than no server. */
function start({ serverPid, endingMs, folder = '' }: WatchdogOptions): ChildProcess | undefined {
  const seconds = String(Math.ceil(endingMs / 1000))
  try {
    const shell = spawn('/bin/sh', ['-c', script, ...watchdogArguments(serverPid), seconds, folder], {
      // Nobody's directory, terminal or output: it may be there longer than any of them.
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    shell.on('error', () => undefined)
    shell.unref()
    if (shell.stdin instanceof Socket) shell.stdin.unref()
    shell.stdin?.on('error', () => undefined)
    return shell
  } catch {
    return undefined
  }
}
