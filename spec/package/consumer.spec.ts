import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { findFiles } from '../../scripts/find-files.ts'
import { cleanEnvironment } from '../harness/environment.ts'
import { createProjects, type Projects } from './projects.ts'
import { runAlone } from './run-alone.ts'
import { assertTutorialOutput } from './tutorial.ts'

/** Those that a user needs, and what each of the files is. */
const required = [
  'package.json',
  'README.md',
  'LICENSE',
  ...['dist', 'dist/cjs'].flatMap((folder) =>
    [
      'index.js',
      'index.d.ts',
      'extension.js',
      'extension.d.ts',
      'opentelemetry.js',
      'opentelemetry.d.ts',
      'server-main.js',
      'process-main.js',
      'worker-main.js',
    ].map((file) => `${folder}/${file}`),
  ),
  'dist/cjs/package.json',
  ...['cli-main.js', 'serve-main.js', 'licenses-cli.txt', 'browser.js', 'browser.d.ts', 'licenses-browser.txt'].map(
    (file) => `dist/${file}`,
  ),
  'lib/index.ts',
]
const allowed =
  /^(?:package\.json|README\.md|LICENSE|CHANGELOG\.md|lib\/.*\.ts|dist\/.*\.(?:js|d\.ts)(?:\.map)?|dist\/(?:cjs\/)?licenses(?:-cli|-browser)?\.txt|dist\/cjs\/package\.json|dist\/inspector\/(?:index\.html|page\.css|licenses\.txt))$/

const modes = {
  'experimental decorators': { experimentalDecorators: true },
  'standard decorators': {},
}

describe('the packed package in a fresh project', () => {
  let projects: Projects

  before(async () => {
    projects = await createProjects()
  })

  after(() => projects[Symbol.asyncDispose]())

  it('has the files that a user needs, and no others', () => {
    const folder = join(projects.plain, 'node_modules/referent')
    const files = findFiles([folder], '').filter((path) => statSync(path).isFile())
    const names = files.map((path) => path.slice(folder.length + 1))
    assert.deepEqual(
      required.filter((name) => !names.includes(name)),
      [],
    )
    assert.deepEqual(
      names.filter((name) => !allowed.test(name)),
      [],
    )
  })

  for (const [mode, options] of Object.entries(modes)) {
    const name = mode.replaceAll(' ', '-')

    describe(`with ${mode}`, () => {
      let folder: string

      before(async () => {
        folder = await createFolder(join(projects.typed, name), options)
      })

      it('type-checks strictly, its declarations included, as Node resolves modules', async () => {
        await compile(projects, folder, ['--noEmit'])
      })

      it('type-checks strictly, its declarations included, as bundlers resolve modules', async () => {
        await compile(projects, folder, ['--noEmit', '--module', 'preserve', '--moduleResolution', 'bundler'])
      })

      it('runs the tutorial through tsx', async () => {
        const tsx = join(projects.typed, 'node_modules/tsx/dist/cli.mjs')
        assertTutorialOutput(await runAlone(folder, [tsx, 'custom.ts']))
      })

      it('runs the tutorial, and a lock of its own, compiled by tsc on plain Node, without tsx', async () => {
        const compiled = join(projects.plain, name)
        await compile(projects, folder, ['--outDir', compiled])
        assertTutorialOutput(await runAlone(compiled, ['custom.js']))
        assert.equal(await runAlone(compiled, ['slots.js']), lockOutput)
      })
    })
  }

  it('type-checks a page strictly, without the types of Node', async () => {
    const folder = join(projects.typed, 'page')
    await mkdir(folder)
    await copyFile('spec/browser/page.ts', join(folder, 'page.ts'))
    const lib = ['ES2023', 'ESNext.Disposable', 'DOM']
    const modules = { module: 'preserve', moduleResolution: 'bundler' }
    const compilerOptions = { target: 'ES2022', ...modules, strict: true, skipLibCheck: false, types: [], lib }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
    await compile(projects, folder, ['--noEmit'])
  })

  it('runs the example of README.md as it says there, also where `npm init` made a CommonJS project', async () => {
    const readme = await readFile('README.md', 'utf8')
    const [, code = '', name = ''] = /```ts\n(.*?)```\s+Save it as `([^`]+)`/s.exec(readme) ?? []
    assert.ok(readme.includes(`npx tsx ${name}`))
    const folder = join(projects.typed, 'readme')
    await mkdir(folder)
    await writeFile(join(folder, 'package.json'), '{ "type": "commonjs" }')
    await writeFile(join(folder, name), code)
    const tsx = join(projects.typed, 'node_modules/tsx/dist/cli.mjs')
    assert.equal(await runAlone(folder, [tsx, name]), '1000\n')
  })

  it(
    'has a command line, which serves TypeScript by tsx and plain JavaScript without',
    { timeout: 60_000 },
    async () => {
      const page = await readFile('docs/command-line.md', 'utf8')
      const [, code = ''] = /```ts\n(\/\/ bakery\.ts\n.*?)```/s.exec(page) ?? []
      await writeFile(join(projects.typed, 'bakery.ts'), code)
      await writeFile(join(projects.plain, 'bakery.js'), plainBakery)
      assert.deepEqual(await served(projects.typed, 'bakery.ts'), ['12\n', 0])
      assert.deepEqual(await served(projects.plain, 'bakery.js'), ['12\n', 0])
    },
  )

  it('runs the tutorial in plain JavaScript, without decorators', async () => {
    await copyFile('spec/package/plain.js', join(projects.plain, 'plain.js'))
    assertTutorialOutput(await runAlone(projects.plain, ['plain.js']))
  })

  it('runs the tutorial as a CommonJS module that requires it', async () => {
    await copyFile('spec/package/required.cjs', join(projects.plain, 'required.cjs'))
    assertTutorialOutput(await runAlone(projects.plain, ['--disable-warning=ExperimentalWarning', 'required.cjs']))
  })

  it('runs a queue of its own as a CommonJS module that requires both of its parts', async () => {
    await copyFile('spec/package/required-extension.cjs', join(projects.plain, 'required-extension.cjs'))
    const flags = ['--disable-warning=ExperimentalWarning', 'required-extension.cjs']
    assert.equal(await runAlone(projects.plain, flags), 'new\n')
  })
})

const plainBakery = `
import { Manager } from 'referent'
class Bakery { bake(count) { return count } }
Manager.register('Bakery', Bakery, { exposed: 'public' })
`

/** What a call of a bakery gives that the installed command serves in a folder, and the exit code of that at SIGTERM. */
async function served(cwd: string, module: string): Promise<[stdout: string, exitCode: number | null]> {
  const command = join(cwd, 'node_modules/.bin/referent')
  const env = { ...cleanEnvironment(), REFERENT_AUTHKEY: 'a secret of the spec' }
  const serve = spawn(command, ['serve', module, '--named', 'bakery=Bakery'], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(serve, 'close')
  try {
    const [line] = (await once(createInterface(serve.stdout), 'line')) as [string]
    const call = ['call', 'bakery', 'bake', '12', '--address', line.replace('listening at ', '')]
    const { stdout } = await promisify(execFile)(command, call, { cwd, env })
    serve.kill('SIGTERM')
    await closed
    return [stdout, serve.exitCode]
  } finally {
    serve.kill('SIGKILL')
  }
}

/** What docs/extension.md shows of its lock. */
const lockOutput = 'no slot was free within 50 ms\nnow I have slot 0\n'

/** Holds the tutorial's program, that of a lock of one's own, a module that adds to the package's types, and their compiler options. */
async function createFolder(folder: string, options: object): Promise<string> {
  const compilerOptions = { target: 'ES2022', module: 'NodeNext', strict: true, skipLibCheck: false, types: ['node'] }
  await mkdir(folder)
  await copyFile('samples/custom.ts', join(folder, 'custom.ts'))
  const [, slots = ''] = /```ts\n(\/\/ slots\.ts\n.*?)```/s.exec(await readFile('docs/extension.md', 'utf8')) ?? []
  await writeFile(join(folder, 'slots.ts'), slots)
  await copyFile('spec/package/copied-class.ts', join(folder, 'copied-class.ts'))
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...compilerOptions, ...options, rootDir: '.' } }),
  )
  return folder
}

async function compile(projects: Projects, folder: string, args: readonly string[]): Promise<void> {
  const tsc = join(projects.typed, 'node_modules/typescript/bin/tsc')
  await promisify(execFile)(process.execPath, [tsc, '--project', folder, ...args])
}
