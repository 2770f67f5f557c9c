import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'

describe('the linter', { timeout: 60_000 }, () => {
  for (const [what, file, line] of [
    ['an import of a room above', 'lib/codec/codec.ts', "import type { Server } from '../server/server.ts'"],
    ['an import of the registry by a room below it', 'lib/auth/one.ts', "import { Registry } from '../registry.ts'"],
    ['a leaf that imports from a room', 'lib/errors.ts', "import { frame } from './wire/frame.ts'"],
    ["an import of Node's in a room that runs anywhere", 'lib/wire/frame.ts', "import { readFile } from 'node:fs'"],
    ['an import of the barrel', 'lib/manager/one.ts', "import { Manager } from '../index.ts'"],
    ['an import of the package by itself', 'lib/types/one.ts', "import { Manager } from 'referent'"],
    ['a shared type that imports from the core', 'lib/types/one.ts', "import { mustBe } from '../options.ts'"],
    ['a part of shared types that does', 'lib/types/locks/one.ts', "import type { Role } from '../../session/role.ts'"],
    ['a shared type that imports from a room above', 'lib/types/one.ts', "import { Pool } from '../pool/pool.ts'"],
    ['a pool that imports from the core', 'lib/pool/one.ts', "import { mustBe } from '../options.ts'"],
    ['a pool that imports a shared type', 'lib/pool/one.ts', "import { SharedLock } from '../types/lock.ts'"],
    [
      'an inspector that imports the manager',
      'lib/inspector/one.ts',
      "import { Manager } from '../manager/manager.ts'",
    ],
    ['a page that imports from the core', 'inspector/one.ts', "import { ManagerError } from '../lib/errors.ts'"],
    ['an import of the extension API by the core', 'lib/proxy/one.ts', "import { isProxy } from '../extension.ts'"],
    ['an import from a room for OpenTelemetry', 'lib/opentelemetry/one.ts', "import { frame } from '../wire/frame.ts'"],
    ['a sample that looks into lib/', 'samples/one.ts', "import { Server } from '../lib/server/server.ts'"],
    ['a spec that imports the barrel', 'spec/one.ts', "import { Manager } from '../lib/index.ts'"],
  ] as const) {
    it(`refuses ${what}`, async () => assert.match(await lint(file, line), /no-restricted-imports/))
  }

  it('accepts that shared types and pools import the extension API, and pools what starts processes', async () => {
    for (const [file, line] of [
      ['lib/types/one.ts', "import { mustBe } from '../extension.ts'"],
      ['lib/types/locks/one.ts', "import { mustBe } from '../../extension.ts'"],
      ['lib/types/locks/one.ts', "import { SharedHold } from '../hold.ts'"],
      ['lib/pool/one.ts', "import { mustBe } from '../extension.ts'"],
      ['lib/pool/one.ts', "import { Channel } from '../process/channel.ts'"],
    ] as const)
      assert.doesNotMatch(await lint(file, line), /no-restricted-imports/)
  })

  it('accepts an import of a room below, and of a leaf', async () => {
    const ofLeaf = "import type { TracedCall } from '../tracing.ts'"
    assert.doesNotMatch(await lint('lib/opentelemetry/one.ts', ofLeaf), /no-restricted-imports/)
    for (const line of ["import { frame } from '../wire/frame.ts'", "import { ManagerError } from '../errors.ts'"])
      assert.doesNotMatch(await lint('lib/server/one.ts', line), /no-restricted-imports/)
  })
})

/** What oxlint says of a file with this line, by the rules of the repository that need no types. */
async function lint(file: string, line: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lint-'))
  try {
    const config = JSON.parse(await readFile('.oxlintrc.json', 'utf8')) as { options: { typeAware: boolean } }
    config.options.typeAware = false
    await writeFile(join(folder, '.oxlintrc.json'), JSON.stringify(config))
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), `${line}\n`)
    const oxlint = join(process.cwd(), 'node_modules/oxlint/bin/oxlint')
    const { stdout, stderr } = spawnSync(process.execPath, [oxlint], { cwd: folder, encoding: 'utf8' })
    assert.match(stdout, /Finished in/, stderr)
    return stdout
  } finally {
    await rm(folder, { recursive: true })
  }
}
