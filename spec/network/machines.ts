import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'

/** What a cable does to what it carries. */
export interface Cable {
  /** How long each packet is on its way, in milliseconds. */
  readonly delayMs: number
  readonly lostPercent: number
  /** Which of them are lost. */
  readonly seed: number
}

/**
 * Two network namespaces, which are to each other as two machines with a cable between them
 * (https://man7.org/linux/man-pages/man7/network_namespaces.7.html). Programs run in one by `within`.
 */
export class Machines implements AsyncDisposable {
  /** The address that each has for the other. */
  readonly hosts: readonly [one: string, other: string]
  readonly #names: readonly [one: string, other: string]
  readonly #cable: ChildProcess | undefined

  private constructor(names: readonly [one: string, other: string], cable: ChildProcess | undefined) {
    this.#names = names
    this.#cable = cable
    // A private network (RFC 1918) of their own.
    this.hosts = [`10.${process.pid % 256}.0.1`, `10.${process.pid % 256}.0.2`]
    for (const [at, name] of names.entries()) {
      ip('-n', name, 'addr', 'add', `${this.hosts[at]}/24`, 'dev', 'cable')
      for (const device of ['lo', 'cable']) ip('-n', name, 'link', 'set', device, 'up')
    }
  }

  /** @param cable one that carries all at once, unless said */
  static async join(cable?: Cable): Promise<Machines> {
    const id = process.pid.toString(36)
    const names = [`spec-${id}-1`, `spec-${id}-2`] as const
    for (const name of names) ip('netns', 'add', name)
    if (cable !== undefined) return new Machines(names, await laid(cable, names))
    const end = (name: string) => ['cable', 'netns', name]
    ip('link', 'add', ...end(names[0]), 'type', 'veth', 'peer', 'name', ...end(names[1]))
    return new Machines(names, undefined)
  }

  /** Why there can be none here; undefined where there can. */
  static obstacle(): string | undefined {
    const name = `spec-${process.pid.toString(36)}-0`
    try {
      ip('netns', 'add', name)
      ip('netns', 'del', name)
      return undefined
    } catch (error) {
      return `needs root on Linux, and iproute2: ${error instanceof Error ? error.message.trim() : String(error)}`
    }
  }

  /** Why there can be no cable here but one that carries all at once. */
  static obstacleToCables(): string | undefined {
    const obstacle = Machines.obstacle() ?? (existsSync('/dev/net/tun') ? undefined : 'needs /dev/net/tun')
    if (obstacle !== undefined) return obstacle
    try {
      execFileSync('python3', ['--version'], { stdio: 'ignore' })
      return undefined
    } catch {
      return 'needs python3'
    }
  }

  /** What to put before the command of a program that is to run on one of them. */
  within(machine: 0 | 1): readonly string[] {
    return ['ip', 'netns', 'exec', this.#names[machine]]
  }

  /** What is sent is lost from now on, without a word to anybody. */
  cut(): void {
    ip('-n', this.#names[0], 'link', 'set', 'cable', 'down')
  }

  /** Ends all connections of both machines, as the system does with those that are reset. Fails where the kernel can't. */
  reset(): void {
    for (const machine of [0, 1] as const) {
      const [command = 'ip', ...args] = this.within(machine)
      const established = ['--no-header', '--tcp', 'state', 'established']
      execFileSync(command, [...args, 'ss', '--kill', ...established], { stdio: 'ignore' })
      const left = execFileSync(command, [...args, 'ss', ...established], { encoding: 'utf8' })
      if (left !== '') throw new Error(`the kernel resets no connection (CONFIG_INET_DIAG_DESTROY): ${left}`)
    }
  }

  mend(): void {
    ip('-n', this.#names[0], 'link', 'set', 'cable', 'up')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#cable?.kill('SIGKILL') === true) await once(this.#cable, 'exit')
    for (const name of this.#names) ip('netns', 'del', name)
  }
}

async function laid({ delayMs, lostPercent, seed }: Cable, names: readonly string[]): Promise<ChildProcess> {
  const args = ['-B', 'spec/network/cable.py', ...names, ...[delayMs, lostPercent, seed].map(String)]
  const cable = spawn('python3', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await Promise.race([
    once(cable.stdout, 'data'),
    once(cable, 'exit').then(() => Promise.reject(new Error('the cable could not be laid'))),
  ])
  return cable
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
