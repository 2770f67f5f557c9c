import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { Program } from '../harness/program.ts'
import { runAlone } from '../package/run-alone.ts'
import { assertSession } from './session.ts'
import { commandsOf, typeIn } from './terminal.ts'

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
const shown = (await Promise.all(pages.map((page) => fenced(page, 'console')))).flat()
const terminals = shown.map((each) => commandsOf(each))
const sessions = (await Promise.all(pages.map((page) => fenced(page, 'shellsession')))).flat()
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
  for (const name of ['zod', '@opentelemetry'])
    await symlink(join(repository, 'node_modules', name), join(folder, 'node_modules', name), 'junction')
})
after(() => rm(folder, { recursive: true }))

describe('the code blocks of README.md and docs/', () => {
  it('are all TypeScript that compiles as users would write it', async () => {
    // The types of libraries are checked by `npm run types`.
    await promisify(execFile)(process.execPath, [tsc, '--noEmit', '--skipLibCheck', '--singleThreaded'], {
      cwd: folder,
    }).catch((error: unknown) => {
      throw new Error(String(Reflect.get(Object(error), 'stdout')), { cause: error })
    })
  })

  it('are in files of their own', () => {
    const names = blocks.map(({ name }) => name)
    assert.deepEqual(names, [...new Set(names)])
  })

  for (const { name } of blocks.filter(({ code, isNamed }) => !isNamed && code.includes('isMain('))) {
    it(`run, where they are programs, and leave nothing behind: ${name}`, async (test) => {
      test.diagnostic(await runAlone(folder, [name.replace(/\.ts$/, '.js')]))
    })
  }
})

describe('what pages show in a terminal', { skip: process.platform === 'win32', concurrency: 2 }, () => {
  for (const commands of terminals) {
    it(`is what is printed: ${commands.map(({ args }) => args.join(' ')).join(', ')}`, () => typeIn(folder, commands))
  }

  it('is that of each program that has a name', () => {
    const run = new Set(terminals.flat().map(({ args }) => args[0]))
    const programs = blocks.filter(({ code, isNamed }) => isNamed && code.includes('isMain('))
    assert.deepEqual(
      programs.filter(({ name }) => !run.has(name)),
      [],
    )
  })

  it('of leaders also holds where their referee is killed or frozen', async () => {
    const leader = pathToFileURL(join(folder, 'leader.js')).href
    await using program = await Program.start('./programs/referee.ts', import.meta.url, { args: [leader] })
    const { code, lines, stderr } = await program.ending()
    assert.deepEqual([code, stderr], [0, ''])
    assert.deepEqual(lines, [
      'one leads',
      'its referee was killed, one leads in a later term',
      'its referee is frozen, nobody writes any more',
      'that was killed, one leads in a later term',
    ])
  })
})

describe('what pages show of the command line', { skip: process.platform === 'win32' }, () => {
  for (const session of sessions)
    it(`is what is printed: ${/^\$ referent .*/m.exec(session)?.[0]}`, () => assertSession(folder, session))
})

interface Block {
  /** Where it is written to: the name in its first line, `// counter.ts`, or one that is made. */
  readonly name: string
  readonly isNamed: boolean
  readonly code: string
}

async function blocksOf(page: string): Promise<Block[]> {
  const made = page.replaceAll(/[^\w]/g, '-').toLowerCase()
  return (await fenced(page, 'ts')).map((code, index) => {
    const [, name] = /^\/\/ ([\w.-]+\.ts)\n/.exec(code) ?? []
    return { name: name ?? `${made}-${index + 1}.ts`, isNamed: name !== undefined, code }
  })
}

/** The blocks of this language. */
async function fenced(page: string, language: string): Promise<string[]> {
  const text = await readFile(join(repository, page), 'utf8')
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, block = '']) => block)
}

function projectOf(root: string): object {
  return {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      paths: {
        referent: [join(root, 'lib/index.ts')],
        'referent/extension': [join(root, 'lib/extension.ts')],
        'referent/opentelemetry': [join(root, 'lib/opentelemetry.ts')],
        'referent/browser': [join(root, 'lib/browser.ts')],
      },
      typeRoots: [join(root, 'node_modules/@types')],
      noUnusedLocals: false,
    },
    include: ['*.ts'],
  }
}
