import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { extname, posix } from 'node:path'

/**
 * Writes the pages of the site, but those of the API: the documents, and whatever in the repository these link to, with
 * such links between them and the images in them.
 */
export function writePages(into: string): void {
  const sources = new Set(['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)])
  rmSync(into, { recursive: true, force: true })
  // A set is iterated over with all that is added meanwhile.
  for (const source of sources) {
    const folder = posix.dirname(source)
    const text = markdownOf(source).replaceAll(/(?<=\]\()[^)#\s]+/g, (target) => {
      const linked = posix.join(folder, target).replace(/\/$/, '')
      if (!existsSync(linked)) return target
      if (['.svg', '.png'].includes(extname(linked))) return imageOf(linked, into, target)
      sources.add(linked)
      return posix.relative(folder, pageOf(linked))
    })
    const page = posix.join(into, pageOf(source))
    mkdirSync(posix.dirname(page), { recursive: true })
    writeFileSync(page, text)
  }
}

/** Copies an image to where a page finds it by the same path. */
function imageOf(source: string, into: string, target: string): string {
  const copy = posix.join(into, source)
  mkdirSync(posix.dirname(copy), { recursive: true })
  copyFileSync(source, copy)
  return target
}

function pageOf(source: string): string {
  if (source === 'README.md') return 'index.md'
  // What ends so is taken for the page that is made of one.
  return source.endsWith('.md') ? source : `${source.replace(/\.html$/, '-html')}.md`
}

function markdownOf(source: string): string {
  if (statSync(source).isDirectory()) return listOf(source)
  const text = readFileSync(source, 'utf8')
  return source.endsWith('.md') ? text : `# ${source}\n\n\`\`\`\`${extname(source).slice(1)}\n${text}\`\`\`\`\n`
}

/** Its files and folders, with what the comments say that files begin with. */
function listOf(folder: string): string {
  const items = readdirSync(folder, { withFileTypes: true }).map((entry) => {
    const { name } = entry
    const text = entry.isFile() ? readFileSync(posix.join(folder, name), 'utf8') : ''
    const [comment = ''] = /^(?:\/\/ .*\n)*/.exec(text) ?? []
    return `- [${name}](${posix.basename(folder)}/${name})\n  ${comment.replaceAll('// ', '').replaceAll('\n', ' ')}`
  })
  return [`# ${folder}`, '', ...items, ''].join('\n')
}
