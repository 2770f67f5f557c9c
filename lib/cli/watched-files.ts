import { existsSync, type FSWatcher, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** An editor may write a file in several steps, and several files at once. */
const settleMs = 100

/** Tells when one of some files is written; once. */
export class WatchedFiles {
  readonly #files = new Set<string>()
  /** Of folders, as an editor may put another file in the place of the one that was there. */
  readonly #watchers = new Map<string, FSWatcher>()
  #timer: NodeJS.Timeout | undefined
  /** Resolves with the file, or with undefined when this is closed. */
  readonly changed: Promise<string | undefined>
  #resolve: (file: string | undefined) => void = () => undefined

  constructor(urls: Iterable<string>) {
    this.changed = new Promise((resolve) => (this.#resolve = resolve))
    for (const url of urls) this.add(url)
  }

  /** Adds a file by its URL. Files of installed packages are left out. */
  add(url: string): void {
    if (!url.startsWith('file:') || url.includes('/node_modules/')) return
    const file = fileURLToPath(url)
    const folder = dirname(file)
    this.#files.add(file)
    if (this.#watchers.has(folder) || !existsSync(folder)) return
    const watcher = watch(folder, (_, name) => this.#written(folder, name))
    // A folder that goes is no reason to end.
    watcher.on('error', () => watcher.close())
    this.#watchers.set(folder, watcher)
  }

  close(): void {
    clearTimeout(this.#timer)
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#resolve(undefined)
  }

  #written(folder: string, name: string | null): void {
    const file = [...this.#files].find((each) => dirname(each) === folder && basename(each) === name)
    if (file === undefined) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#resolve(file), settleMs)
  }
}
