import { execFileSync } from 'node:child_process'

/**
 * Two network namespaces, which are to each other as two machines with a cable between them
 * (https://man7.org/linux/man-pages/man7/network_namespaces.7.html). Programs run in one by `within`.
 */
export class Machines implements Disposable {
  /** The address that each has for the other. */
  readonly hosts: readonly [one: string, other: string]
  readonly #names: readonly [one: string, other: string]

  constructor() {
    const id = process.pid.toString(36)
    this.#names = [`spec-${id}-1`, `spec-${id}-2`]
    // A private network (RFC 1918) of their own.
    this.hosts = [`10.${process.pid % 256}.0.1`, `10.${process.pid % 256}.0.2`]
    for (const name of this.#names) ip('netns', 'add', name)
    ip(
      'link',
      'add',
      'cable',
      'netns',
      this.#names[0],
      'type',
      'veth',
      'peer',
      'name',
      'cable',
      'netns',
      this.#names[1],
    )
    for (const [at, name] of this.#names.entries()) {
      ip('-n', name, 'addr', 'add', `${this.hosts[at]}/24`, 'dev', 'cable')
      for (const device of ['lo', 'cable']) ip('-n', name, 'link', 'set', device, 'up')
    }
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

  /** What to put before the command of a program that is to run on one of them. */
  within(machine: 0 | 1): readonly string[] {
    return ['ip', 'netns', 'exec', this.#names[machine]]
  }

  /** What is sent is lost from now on, without a word to anybody. */
  cut(): void {
    ip('-n', this.#names[0], 'link', 'set', 'cable', 'down')
  }

  mend(): void {
    ip('-n', this.#names[0], 'link', 'set', 'cable', 'up')
  }

  [Symbol.dispose](): void {
    for (const name of this.#names) ip('netns', 'del', name)
  }
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
