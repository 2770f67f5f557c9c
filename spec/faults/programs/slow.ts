import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { Exposed, Shared } from 'referent'
import { commit, type Deed } from './deed.ts'

/** Makes a shutdown last: its disposal writes a file, and ends when somebody removes that, or writes a deed into it. */
@Shared()
export class Slow {
  readonly #file: string

  constructor(file: string) {
    this.#file = file
  }

  @Exposed
  touch(): void {}

  async [Symbol.asyncDispose](): Promise<void> {
    writeFileSync(this.#file, '')
    while (existsSync(this.#file)) {
      const deed = readFileSync(this.#file, 'utf8')
      if (deed !== '') commit(deed as Deed)
      await pause(10)
    }
  }
}
