import { readFile } from 'node:fs/promises'
import type { Row } from './row.ts'
import { rows } from './rows.ts'

const page = 'docs/toolchains.md'
const marks = ['<!-- the matrix -->\n', '<!-- the end of the matrix -->\n'] as const

/** The page with the table of the rows in it; and the page as it is. */
export async function pages(): Promise<{ path: string; wanted: string; actual: string }> {
  const actual = await readFile(page, 'utf8')
  const [before = '', rest = ''] = actual.split(marks[0])
  const [, after = ''] = rest.split(marks[1])
  return { path: page, wanted: `${before}${marks[0]}\n${await table()}\n${marks[1]}${after}`, actual }
}

async function table(): Promise<string> {
  const { devDependencies } = JSON.parse(await readFile('spec/toolchains/package.json', 'utf8')) as Pins
  const lines = rows.map(({ tool, how, setup, isRefused = false }) =>
    [versioned(tool, devDependencies), how, isRefused ? 'refused' : 'works', setup].join(' | '),
  )
  return ['tool | how | | what to set', '---|---|---|---', ...lines].map((line) => `| ${line} |\n`).join('')
}

interface Pins {
  readonly devDependencies: Readonly<Record<string, string>>
}

/** The packages of tools that are called otherwise. */
const packages: Readonly<Record<string, string>> = { tsc: 'typescript', swc: '@swc/core', Bun: 'bun', Deno: 'deno' }

function versioned(tool: Row['tool'], pins: Pins['devDependencies']): string {
  const version = pins[packages[tool] ?? tool]
  return version === undefined ? tool : `${tool} ${version}`
}
