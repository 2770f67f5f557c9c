import { existsSync, readFileSync } from 'node:fs'
import { ManagerError } from '../errors.ts'

/** One file of the page, and how it is served. */
export interface PageFile {
  readonly type: string
  readonly bytes: Buffer
}

const types = { 'index.html': 'text/html', 'page.js': 'text/javascript', 'page.css': 'text/css' }

/**
 * The page, as it was built, by paths of URLs.
 * @throws ManagerError `START_FAILED` where it isn't there
 */
export function pageFiles(): ReadonlyMap<string, PageFile> {
  // Modules for `require` are in a folder of their own, and have it of the others.
  const places = ['./inspector/', '../inspector/'].map((path) => new URL(path, import.meta.url))
  const place = places.find((url) => existsSync(new URL('index.html', url)))
  if (place === undefined)
    throw new ManagerError(
      'START_FAILED',
      "the inspector's page isn't there: it is a file of the package, which is to stay outside of a bundle",
    )
  const files = Object.entries(types).map(([name, type]) => {
    const file = { type: `${type}; charset=utf-8`, bytes: readFileSync(new URL(name, place)) }
    return [name === 'index.html' ? '/' : `/${name}`, file] as const
  })
  return new Map(files)
}
