import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { cleanEnvironment } from '../harness/environment.ts'

// Each program prints its name and what isMain says.

const tell = (name: string): string =>
  `import { isMain } from ${JSON.stringify(import.meta.resolve('referent'))}
console.log('${name}', isMain(import.meta))
`

const files: Readonly<Record<string, string>> = {
  'package.json': '{ "type": "module" }',
  'app.js': `${tell('app')}await import('./app.mjs')`,
  'app.mjs': tell('sibling'),
  'folder/index.js': tell('folder'),
  'packed/package.json': '{ "type": "module", "main": "dist/start" }',
  'packed/dist/start.js': tell('packed'),
  'with space/ü.js': tell('encoded'),
  'hook.cjs': '',
  'hook.mjs': tell('hook'),
  'bin.cjs': "import('./app.js')",
  'launcher.mjs': "import { resolve } from 'node:path'; process.argv[1] = resolve('app.js'); await import('./app.js')",
  'nowhere.mjs': "process.argv[1] = 'an argument'; await import('./app.js')",
  'thread.mjs': "import { Worker } from 'node:worker_threads'; new Worker(new URL('./app.js', import.meta.url))",
  'cluster.js': `import cluster from 'node:cluster'
${tell('cluster')}
if (cluster.isPrimary) cluster.fork(); else process.exit()`,
}

describe('isMain', { concurrency: 2 }, () => {
  let folder: string

  before(async () => {
    folder = await mkdtemp(join(dirname(fileURLToPath(import.meta.url)), 'ways-'))
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), content)
    }
    await symlink(join(folder, 'app.js'), join(folder, 'link.js'))
    await symlink(join(folder, 'folder'), join(folder, 'linked'))
  })
  after(() => rm(folder, { recursive: true }))

  const ways: Readonly<Record<string, readonly [args: readonly string[], printed: readonly string[], cwd?: string]>> = {
    'by its file': [['app.js'], ['app true', 'sibling false']],
    'without an extension': [['app'], ['app true', 'sibling false']],
    'by an absolute path': [['./folder/../app.js'], ['app true', 'sibling false']],
    'with a name that URLs encode': [['with space/ü.js'], ['encoded true']],
    'as a folder': [['folder'], ['folder true']],
    'as this folder': [['.'], ['folder true'], 'folder'],
    'as a folder whose package.json names it': [['packed'], ['packed true']],
    'by a link': [['link.js'], ['app true', 'sibling false']],
    'by a link that stays one': [
      ['--preserve-symlinks-main', 'link.js'],
      ['app true', 'sibling false'],
    ],
    'by a folder that is a link': [['linked'], ['folder true']],
    'after a module that is required': [
      ['-r', './hook.cjs', 'app.js'],
      ['app true', 'sibling false'],
    ],
    'after a module that is imported': [
      ['--import', './hook.mjs', 'app.js'],
      ['hook false', 'app true', 'sibling false'],
    ],
    'as a text': [['--input-type=module', '-e', tell('text')], ['text true']],
    'by what names it for Node': [['launcher.mjs'], ['app true', 'sibling false']],
    'in each process of a cluster': [['cluster.js'], ['cluster true', 'cluster true']],
  }

  for (const [way, [args, printed, cwd = '.']] of Object.entries(ways))
    it(`is true for a program that is started ${way}`, async () => {
      const { lines, errors } = await run(args, join(folder, cwd))
      assert.deepEqual(lines, printed, errors)
    })

  it('is true for a program that is read from the input', async () => {
    const { lines } = await run(['--input-type=module', '-'], folder, tell('input'))
    assert.deepEqual(lines, ['input true'])
  })

  const takesUrls = process.allowedNodeEnvironmentFlags.has('--entry-url')
  it('is true for a program that is started by its URL', { skip: !takesUrls && 'this Node takes none' }, async () => {
    const { lines } = await run(['--entry-url', `${pathToFileURL(join(folder, 'app.js')).href}?again`], folder)
    assert.deepEqual(lines, ['app true', 'sibling false'])
  })

  it('is false for what a program imports, and in threads', async () => {
    assert.deepEqual((await run(['bin.cjs'], folder)).lines, ['app false', 'sibling false'])
    assert.deepEqual((await run(['thread.mjs'], folder)).lines, ['app false', 'sibling false'])
    const importing = ['-e', `import(${JSON.stringify(pathToFileURL(join(folder, 'app.js')).href)})`]
    assert.deepEqual((await run(importing, folder)).lines, ['app false', 'sibling false'])
  })

  it('throws where the command line does not tell', async () => {
    const { code, errors } = await run(['nowhere.mjs'], folder)
    assert.equal(code, 1)
    assert.match(errors, /can't tell whether .*app\.js is the program: .*'an argument', where no file is; start/)
  })
})

async function run(
  args: readonly string[],
  cwd: string,
  input = '',
): Promise<{ code: number | null; lines: string[]; errors: string }> {
  const child = spawn(process.execPath, args, { cwd, env: cleanEnvironment() })
  child.stdin.end(input)
  const [printed, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode, lines: printed.split('\n').filter((line) => line !== ''), errors }
}
