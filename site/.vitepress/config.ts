import { readdirSync, readFileSync } from 'node:fs'
import type { DefaultTheme, UserConfig } from 'vitepress'

/** What `npm run docs:site` has put together: the documents of the repository, and the API reference. */
const pages = new URL('../pages/', import.meta.url)

/** The documents as they are best read. One that isn't named here comes last. */
const order = [
  'guide',
  'shared-types',
  'extension',
  'recipes',
  'coming-from-python',
  'toolchains',
  'security',
  'deploy',
  'protocol',
  'architecture',
  'decisions',
]

/** What of `DefaultTheme.SidebarItem` is used; the root's linter has none of this folder's packages. */
interface SidebarItem {
  readonly text: string
  readonly link?: string
  readonly items?: SidebarItem[]
}

const site: UserConfig<DefaultTheme.Config> = {
  title: 'referent',
  description: 'Live shared objects for Node.js processes.',
  srcDir: 'pages',
  outDir: 'dist',
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  markdown: {
    anchor: { slugify: slugOf, level: [1, 2, 3] },
    // As plain text: docs/protocol.md has bytes in it.
    languages: [{ name: 'hex', scopeName: 'text.hex', patterns: [], repository: {} }],
  },
  themeConfig: {
    nav: [
      { text: 'Guide', link: '/docs/guide' },
      { text: 'API', link: '/api/' },
      { text: 'Changelog', link: '/CHANGELOG' },
    ],
    outline: [2, 3],
    search: { provider: 'local', options: { miniSearch: { searchOptions: { boostDocument } } } },
    sidebar: [
      { text: 'Start', link: '/' },
      ...documents(),
      { text: 'Samples', link: '/samples' },
      { text: 'API', link: '/api/', items: apiSidebar() },
      { text: 'Changelog', link: '/CHANGELOG' },
    ],
  },
}

export default site

/** As code hosts name the anchors of headings, so that a link is good in both places. */
function slugOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}\p{Pc} -]/gu, '')
    .replaceAll(' ', '-')
}

/** What explains comes before what lists: the guide mentions a word once where the API has it in a member of each class. */
function boostDocument(page: string): number {
  return page.startsWith('/docs/') ? 2 : 1
}

function documents(): SidebarItem[] {
  const names = readdirSync(new URL('docs/', pages)).map((file) => file.replace(/\.md$/, ''))
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length)
  return names
    .toSorted((one, other) => rank(one) - rank(other))
    .map((name) => ({ text: titleOf(`docs/${name}.md`), link: `/docs/${name}` }))
}

function titleOf(page: string): string {
  const title = /^# (.+)$/m.exec(readFileSync(new URL(page, pages), 'utf8'))?.[1]
  if (title === undefined) throw new Error(`${page} has no title`)
  return title
}

function apiSidebar(): SidebarItem[] {
  return JSON.parse(readFileSync(new URL('api/typedoc-sidebar.json', pages), 'utf8')) as SidebarItem[]
}
