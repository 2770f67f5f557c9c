import { type ChildProcess, spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { processWide } from '../process-wide.ts'

/** So many shells that somebody kills are replaced: on a system that kills each of them, no more are started in vain. */
const mostReplaced = 8

/** How long a child may take to end in order, where nobody says otherwise. */
export const endingMs = 2000

interface CleanupOptions {
  /** How long the child may take to end in order when its program is gone, before it is killed. */
  readonly endingMs: number
  /** A folder that is removed then: that of a server's address, which nobody else could remove. */
  readonly folder?: string | undefined
  /** Whether the child is killed when the program ends by itself: it needs no time to end in order. */
  readonly isKilledAtExit?: boolean
}

/**
 * The children of this thread, which end with it: when this process ends or is killed, or the thread is terminated. They hear
 * of that by their channels; a shell kills those that haven't ended in time, as they are blocked or stopped. It costs a
 * megabyte, and two milliseconds. On Windows, and where there is no `/bin/sh`, there is none.
 */
class ChildCleanup {
  readonly #children = new Map<ChildProcess, CleanupOptions>()
  #shell: ChildProcess | undefined
  /** How many were replaced since a child was added. */
  #replaced = 0

  constructor() {
    process.on('exit', () => this.#exit())
  }

  /** Resolves when the child has ended and nothing is left that watches it; at once for one that couldn't be started. */
  async watch(child: ChildProcess, options: CleanupOptions): Promise<void> {
    if (child.pid === undefined) return
    this.#children.set(child, options)
    this.#replaced = 0
    if (this.#shell === undefined) this.#start()
    else this.#announce(child, options)
    await new Promise((resolve) => child.once('exit', resolve))
    this.#children.delete(child)
    // Its number may be another process's from now on.
    this.#shell?.stdin?.write(`- ${child.pid}\n`)
    if (this.#children.size === 0) await this.#end()
  }

  #start(): void {
    const shell = startShell()
    if (shell === undefined) return
    this.#shell = shell
    shell.once('exit', (_, signal) => {
      if (this.#shell !== shell) return
      this.#shell = undefined
      // Somebody killed it; one that can't run is not tried again until there is another child.
      if (signal !== null && this.#replaced++ < mostReplaced) this.#start()
    })
    for (const [child, options] of this.#children) this.#announce(child, options)
  }

  #announce({ pid }: ChildProcess, options: CleanupOptions): void {
    const { folder = '' } = options
    // What is said is one line.
    const removed = folder.includes('\n') ? '' : folder
    this.#shell?.stdin?.write(`+ ${pid} ${Math.ceil(options.endingMs / 1000)} ${removed}\n`)
  }

  async #end(): Promise<void> {
    const shell = this.#shell
    this.#shell = undefined
    if (shell?.pid === undefined) return
    shell.ref()
    const exited = new Promise((resolve) => shell.once('exit', resolve))
    // A program that has become another user since may kill it no more; it ends when it finds nobody to watch, too.
    if (!shell.kill('SIGKILL')) shell.stdin?.end()
    await exited
  }

  #exit(): void {
    for (const [child, { isKilledAtExit }] of this.#children) if (isKilledAtExit === true) child.kill('SIGKILL')
    if ([...this.#children.values()].every(({ isKilledAtExit }) => isKilledAtExit)) this.#shell?.kill('SIGKILL')
  }
}

export function childCleanup(): ChildCleanup {
  return processWide('child-cleanup', () => new ChildCleanup())
}

/**
 * Reads which children to watch, until nobody can write any more: this process, or the thread of it that alone holds the other
 * end, is dead then. When a process was started (field 22 of `man 5 proc_pid_stat`) tells it from a later one of the same
 * number. Only `sleep` and `rm` are no builtins, but for `ps` and `tr` where there is no /proc.
 */
const script = `# referent: kills children that are blocked, if what started them dies
trap '' HUP INT TERM
set -f
newline='
'
IFS=$newline children= elapsed=0 glances=50
birth_of() {
  IFS=' '
  if read -r stat < "/proc/$1/stat"; then set -- \${stat##*) }; [ "$1" = Z ] || echo "\${20}"
  else ps -o lstart= -p "$1" | tr -d ' '; fi
}
forget() {
  others=
  for child in $children; do [ "\${child%% *}" = "$1" ] || others=$others$newline$child; done
  children=$others
}
are_living() {
  living=
  for child in $children; do
    IFS=' '; set -- $child; IFS=$newline
    [ "$(birth_of "$1")" = "$2" ] || continue
    if [ "$elapsed" -lt "$3" ]; then living=yes; else kill -KILL "$1"; fi
  done
  [ -n "$living" ]
}
while IFS=' ' read -r sign pid seconds folder; do
  forget "$pid"
  [ "$sign" = - ] && continue
  birth=$(birth_of "$pid")
  children="$children$newline$pid \${birth:--} $seconds $folder"
done
while are_living; do
  # Most end at once: for a second, it looks often.
  if [ "$glances" -gt 0 ] && sleep 0.02; then
    glances=$((glances - 1))
    [ "$glances" -gt 0 ] || elapsed=1
  else
    sleep 1 || exit
    glances=0 elapsed=$((elapsed + 1))
  fi
done
for child in $children; do
  folder=\${child#* * * }
  [ -z "$folder" ] || rm -rf -- "$folder"
done`

/** Undefined where this process may start none: children that nobody watches are better than no children. */
function startShell(): ChildProcess | undefined {
  if (process.platform === 'win32') return undefined
  try {
    const shell = spawn('/bin/sh', ['-c', script, 'referent-watchdog', `children-of-${process.pid}`], {
      // Nobody's directory or terminal: it may be there longer than they. Who reads the program's output to its end waits for
      // it, as for the children.
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'inherit', 'ignore'],
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
