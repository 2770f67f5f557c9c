// Checks the package as its users will get it: `npm run check:pack`.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pack } from './pack.ts'
import { mustRun } from './run.ts'

const required = [
  'package.json',
  'README.md',
  'LICENSE',
  'dist/index.js',
  'dist/server-main.js',
  'dist/process-main.js',
  'dist/worker-main.js',
  'dist/index.d.ts',
  'dist/extension.js',
  'dist/extension.d.ts',
  'dist/cjs/package.json',
  'dist/cjs/index.js',
  'dist/cjs/server-main.js',
  'dist/cjs/index.d.ts',
  'dist/cjs/extension.js',
  'dist/cjs/extension.d.ts',
  'lib/index.ts',
]
const allowed =
  /^(?:package\.json|README\.md|LICENSE|CHANGELOG\.md|lib\/.*\.ts|dist\/.*\.(?:js|d\.ts)(?:\.map)?|dist\/cjs\/package\.json)$/

const folder = mkdtempSync(join(tmpdir(), 'pack-'))
try {
  const tarball = pack(folder)
  checkFiles(tarball)
  mustRun('npx', ['publint', 'run', tarball, '--strict'])
  mustRun('npx', ['attw', tarball, '--profile', 'node16', '--no-color'])
} finally {
  rmSync(folder, { recursive: true })
}

function checkFiles(tarball: string): void {
  const listing = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' })
  const files = listing
    .trim()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''))
  const missing = required.filter((file) => !files.includes(file))
  const extra = files.filter((file) => !allowed.test(file))
  console.log(`${files.length} files, ${(statSync(tarball).size / 1024).toFixed(1)} KiB packed`)
  if (missing.length > 0) throw new Error(`the package lacks ${missing.join(', ')}`)
  if (extra.length > 0) throw new Error(`the package holds ${extra.join(', ')}`)
}
