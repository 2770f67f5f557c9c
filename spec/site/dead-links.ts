import { readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { findFiles } from '../../scripts/find-files.ts'

/** The links of a built site, and what its pages load, that lead to no file of the site or to no anchor of the page. */
export function findDeadLinks(site: string): string[] {
  const files = new Set(findFiles([site], ''))
  const pages = new Map([...files].filter((file) => file.endsWith('.html')).map((file) => [file, readPage(file)]))
  const isAlive = (file: string, anchor: string) =>
    files.has(file) && (anchor === '' || (pages.get(file)?.anchors.has(anchor) ?? false))

  return [...pages].flatMap(([page, { links }]) =>
    links
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        // As the site is at the root of its server.
        const { pathname, hash } = new URL(link, `http://site/${posix.relative(site, page)}`)
        const path = decodeURIComponent(pathname)
        return !isAlive(
          posix.join(site, path.endsWith('/') ? `${path}index.html` : path),
          decodeURIComponent(hash.slice(1)),
        )
      })
      .map((link) => `${page}: ${link}`),
  )
}

interface Page {
  readonly links: readonly string[]
  readonly anchors: ReadonlySet<string>
}

function readPage(file: string): Page {
  const html = readFileSync(file, 'utf8')
  const valuesOf = (pattern: RegExp) =>
    [...html.matchAll(pattern)].map(([, value = '']) => value.replaceAll('&amp;', '&'))
  return { links: valuesOf(/ (?:href|src)="([^"]*)"/g), anchors: new Set(valuesOf(/ id="([^"]*)"/g)) }
}
