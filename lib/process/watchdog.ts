import { readFileSync } from 'node:fs'
import { type ChildProcess, spawn } from 'node:child_process'
import { Socket } from 'node:net'

/** What the command line of a watchdog says after its script: what it is, and of what. */
function watchdogArguments(ofWhat: string): string[] {
  return ['referent-watchdog', ofWhat]
}

/**
 * Ends the watchdog of this server process, which is about to end: it would notice that within a second. Does nothing
 * where it can't be seen that the process is that watchdog, as its number may be another one's by now.
 */
export function endWatchdog(pid: number): void {
  try {
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    if (!commandLine.includes([...watchdogArguments(String(process.pid)), ''].join('\0'))) return
    // With what it waits by: it has a process group of its own.
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended, or this system doesn't show it.
  }
}

/**
 * Reads which processes to watch, until nobody can write any more: this process, or the thread of it that alone holds the other end,
 * is dead then. They end by that too, and are killed where they haven't in time. When a process was started
 * (field 22 of `man 5 proc_pid_stat`) tells it from a later one of the same number. Only `sleep` and `rm` are no builtins,
 * but for `ps` and `tr` where there is no /proc.
 */
const script = `# referent: kills processes that are blocked, if what started them dies
trap '' HUP INT TERM
seconds=$2 folder=$3 watched=
find_birth() {
  birth=
  if read -r stat < "/proc/$1/stat"; then set -- \${stat##*) }; [ "$1" = Z ] || birth=\${20}
  else birth=$(ps -o lstart= -p "$1" | tr -d ' '); fi
} 2> /dev/null
forget() {
  others=
  for each in $watched; do [ "\${each%=*}" = "$1" ] || others="$others $each"; done
  watched=$others
}
are_living() {
  living=
  for each in $watched; do
    find_birth "\${each%=*}"
    [ "$birth" != "\${each#*=}" ] || living="$living $each"
  done
  watched=$living
  [ -n "$watched" ]
}
while read -r sign pid; do
  forget "$pid"
  [ "$sign" = + ] || continue
  find_birth "$pid"
  [ -z "$birth" ] || watched="$watched $pid=$birth"
done
while are_living; do
  if [ "$seconds" -le 0 ]; then
    for each in $watched; do kill -KILL "\${each%=*}"; done
    break
  fi
  seconds=$((seconds - 1))
  sleep 1 || exit
done
[ -z "$folder" ] || rm -rf -- "$folder"`

export interface WatchdogOptions {
  /** What it watches, as its command line tells people. */
  readonly of: string
  /** How long the processes may take to end in order. */
  readonly endingMs: number
  /** A folder that is removed in the end: that of a server's address, which nobody else could remove. */
  readonly folder?: string | undefined
}

/**
 * A shell that kills processes which are blocked, or stopped, while this one dies, or the thread in which it was made. It
 * costs a megabyte, and two milliseconds. On Windows, and where there is no `/bin/sh`, there is none.
 */
export class Watchdog {
  readonly #shell: ChildProcess | undefined

  constructor(options: WatchdogOptions) {
    this.#shell = process.platform === 'win32' ? undefined : start(options)
  }

  get pid(): number | undefined {
    return this.#shell?.pid
  }

  watch(pid: number): void {
    this.#shell?.stdin?.write(`+ ${pid}\n`)
  }

  /** The process has ended: its number may be another one's from now on. */
  forget(pid: number): void {
    this.#shell?.stdin?.write(`- ${pid}\n`)
  }

  /** Ends it, without waiting for that: where this process itself is about to end. */
  kill(): void {
    this.#shell?.kill('SIGKILL')
  }

  /** Ends it, as there is nobody left to watch. Resolves when nothing of it is left. */
  async end(): Promise<void> {
    const shell = this.#shell
    if (shell?.pid === undefined || shell.exitCode !== null || shell.signalCode !== null) return
    shell.ref()
    const exited = new Promise((resolve) => shell.once('exit', resolve))
    // A program that has become another user since may kill it no more; it ends when it finds nobody to watch, too.
    if (!shell.kill('SIGKILL')) shell.stdin?.end()
    await exited
  }
}

/** Undefined where this process may start none: processes without a watchdog are better than no processes. */
function start({ of, endingMs, folder = '' }: WatchdogOptions): ChildProcess | undefined {
  const seconds = String(Math.ceil(endingMs / 1000))
  try {
    const shell = spawn('/bin/sh', ['-c', script, ...watchdogArguments(of), seconds, folder], {
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
