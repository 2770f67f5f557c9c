import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { runAlone } from '../package/run-alone.ts'

const repository = resolve('.')
// This module is compiled, and the root of what it is compiled with is a package.
const compiledPackage = fileURLToPath(new URL('../../', import.meta.url))
const tsc = join(repository, 'node_modules/typescript/bin/tsc')

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...(await readdir(join(repository, 'docs'))).map((name) => join('docs', name)),
]
const blocks = (await Promise.all(pages.map(blocksOf))).flat()
let folder = ''

before(async () => {
  folder = await mkdtemp(join(await realpath(tmpdir()), 'spec-docs-'))
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(projectOf(repository)))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  for (const { name, code } of blocks) await writeFile(join(folder, name), code)
  // Run as JavaScript: that starts in a third of the time.
  const emitting = { noEmit: false, noCheck: true, types: [], paths: {}, rootDir: folder, outDir: folder }
  const project = {
    extends: join(repository, 'tsconfig.json'),
    compilerOptions: emitting,
    include: ['*.ts'],
    exclude: [],
  }
  await writeFile(join(folder, 'tsconfig.emit.json'), JSON.stringify(project))
  await promisify(execFile)(process.execPath, [tsc, '--project', 'tsconfig.emit.json'], { cwd: folder })
  await mkdir(join(folder, 'node_modules'))
  await symlink(compiledPackage, join(folder, 'node_modules/referent'), 'junction')
})
after(() => rm(folder, { recursive: true }))

describe('the code blocks of README.md and docs/', () => {
  it('are all TypeScript that compiles as users would write it', async () => {
    await promisify(execFile)(process.execPath, [tsc, '--noEmit'], { cwd: folder }).catch((error: unknown) => {
      throw new Error(String(Reflect.get(Object(error), 'stdout')), { cause: error })
    })
  })

  for (const { name } of blocks.filter(({ code }) => code.includes('isMain('))) {
    it(`run, where they are programs, and leave nothing behind: ${name}`, async (test) => {
      test.diagnostic(await runAlone(folder, [name.replace(/\.ts$/, '.js')]))
    })
  }
})

interface Block {
  readonly name: string
  readonly code: string
}

async function blocksOf(page: string): Promise<Block[]> {
  const text = await readFile(join(repository, page), 'utf8')
  const name = page.replaceAll(/[^\w]/g, '-').toLowerCase()
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = ''], index) => ({
    name: `${name}-${index + 1}.ts`,
    code,
  }))
}

function projectOf(root: string): object {
  return {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      paths: { referent: [join(root, 'lib/index.ts')] },
      typeRoots: [join(root, 'node_modules/@types')],
      noUnusedLocals: false,
    },
    include: ['*.ts'],
  }
}
