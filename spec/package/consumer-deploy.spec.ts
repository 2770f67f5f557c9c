import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, chown, cp, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { validate } from 'dockerfile-utils'
import { Manager } from 'referent'
import { parseAllDocuments } from 'yaml'
import { cleanEnvironment } from '../harness/environment.ts'
import { freePort } from '../harness/free-port.ts'
import { build, type Image, type ImageCommand } from './image.ts'
import { pack } from './pack.ts'
import { confinedId, Service, withoutRights } from './service.ts'

const run = promisify(execFile)
const authkey = 'a secret of the spec'
const obstacle = await Service.obstacle()
const verifier = await run('systemd-analyze', ['--version']).then(
  () => undefined,
  () => 'there is no systemd-analyze',
)

interface Kubernetes {
  readonly kind: string
  readonly spec: { readonly template?: { readonly spec: { readonly containers: readonly Container[] } } }
}

interface Container {
  readonly command: readonly string[]
  readonly args: readonly string[]
  readonly startupProbe: Probe
  readonly readinessProbe: Probe
  readonly livenessProbe: Probe
}

interface Probe {
  readonly exec: { readonly command: readonly string[] }
}

describe('samples/deploy', { skip: process.platform === 'win32' }, () => {
  /** Where the folders of the image, the unit and the pod are, in place of the root. */
  let root = ''
  let port = ''
  let image: Image

  before(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'deploy-')))
    port = await freePort()
    const context = join(root, 'context')
    await cp('samples/deploy', context, { recursive: true })
    const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', pack(root)]
    await run('npm', install, { cwd: context })
    await writeFile(join(root, 'authkey'), `${authkey}\n`, { mode: 0o600 })
    image = await build(await file('Dockerfile'), context, cleanEnvironment())
  })

  after(() => rm(root, { recursive: true }))

  /** As it is, but for places of this machine. */
  async function file(name: string): Promise<string> {
    const text = await readFile(join('samples/deploy', name), 'utf8')
    return text
      .replaceAll('/app', `${root}/app`)
      .replaceAll('/srv/tally', `${root}/app`)
      .replaceAll(/\/run\/secrets(?:\/tally)?/g, root)
      .replaceAll(/(tls:\/\/\S+):7000/g, `$1:${port}`)
  }

  async function servesAndEnds(command: ImageCommand, health: ImageCommand, isConfined = false): Promise<string> {
    await using service = await Service.start(command, isConfined)
    const address = await service.address()
    await check(health)
    await using manager = await Manager.connect(`tls://127.0.0.1:${port}`, { authkey })
    const tally = await manager.lookup<{ add(name: string): Promise<number> }>('tally')
    assert.equal(await tally.add('visits'), 1)
    await service.terminate()
    await assert.rejects(tally.add('visits'), { code: 'SESSION_LOST' })
    await assert.rejects(check(health), { code: 3 })
    return address
  }

  it('has a Dockerfile that the linter finds nothing in', async () => {
    assert.deepEqual(validate(await readFile('samples/deploy/Dockerfile', 'utf8')), [])
    assert.equal(validate('FROM node\nEXPOSE no-port\n').length, 1)
  })

  it('has an image that serves, tells its health, and ends when it is told to', async () => {
    assert.equal(await servesAndEnds(image.command, image.healthcheck), `tls://${hostname()}:${port}`)
  })

  it(
    'does so as the first process of a container, without rights, on a file system that is read-only',
    { skip: obstacle ?? false },
    async () => {
      const [key, { healthcheck }] = [join(root, 'authkey'), image]
      await chmod(root, 0o755)
      // As Kubernetes gives it to a pod whose fsGroup is its user's.
      await chown(key, 0, confinedId)
      await chmod(key, 0o440)
      try {
        await servesAndEnds(image.command, { ...healthcheck, args: [...withoutRights, ...healthcheck.args] }, true)
      } finally {
        await chmod(key, 0o600)
      }
    },
  )

  it('has a unit that systemd takes', { skip: verifier ?? false }, async () => {
    const unit = join(root, 'tally.service')
    await writeFile(unit, await file('tally.service'))
    await run('systemd-analyze', ['verify', unit])
  })

  it('has a unit whose command serves, and ends by the signal that systemd sends', async () => {
    const lines = (await file('tally.service')).split('\n').map((line) => /^(\w+)=(.*)$/.exec(line) ?? [])
    const settings = new Map(lines.map(([, name = '', value = '']) => [name, value]))
    const [variable = '', value = ''] = settings.get('Environment')?.split('=') ?? []
    const args = settings.get('ExecStart')?.replace('${CREDENTIALS_DIRECTORY}', root).split(' ') ?? []
    const env = { ...image.command.env, [variable]: value }
    await servesAndEnds({ args, cwd: settings.get('WorkingDirectory') ?? '', env }, image.healthcheck)
  })

  it('has a pod that serves, answers its probes, is known by its own name, and ends when it is told to', async () => {
    const documents = parseAllDocuments(await file('kubernetes.yaml'))
    assert.deepEqual(
      documents.flatMap(({ errors, warnings }) => [...errors, ...warnings]),
      [],
    )
    const [service, set] = documents.map((document) => document.toJS() as Kubernetes)
    assert.deepEqual([service?.kind, set?.kind], ['Service', 'StatefulSet'])
    const [container = assert.fail('the pod has no container')] = set?.spec.template?.spec.containers ?? []
    const { startupProbe, readinessProbe, livenessProbe } = container
    const args = [...container.command, ...container.args].map((arg) => arg.replace('$(POD)', 'tally-0'))
    for (const { exec } of [startupProbe, readinessProbe, livenessProbe]) {
      const health = { ...image.command, args: exec.command }
      assert.equal(await servesAndEnds({ ...image.command, args }, health), `tls://tally-0.tally:${port}`)
    }
  })
})

async function check({ args: [program = '', ...args], cwd, env }: ImageCommand): Promise<void> {
  await run(program, args, { cwd, env })
}
