import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import { Manager, release } from 'referent'
import { exposition } from '../../lib/cli/exposition.ts'
import { metricsOf } from '../../lib/cli/metrics.ts'
import { eventually } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Evil } from './programs/evil.ts'
import { Tally } from './programs/service.ts'
import { read, type ReadMetric } from './prometheus.ts'
import { referent } from './referent.ts'

const authkey = 'a secret of this spec'
leaveNothing()

describe('referent metrics', () => {
  let manager: Manager
  let env: Record<string, string>

  before(async () => {
    manager = await Manager.serve({ authkey })
    env = { REFERENT_ADDRESS: manager.address, REFERENT_AUTHKEY: authkey }
  })
  after(() => manager.close())

  async function scrape(...args: readonly string[]): Promise<Map<string, ReadMetric>> {
    const { code, stderr, lines } = await referent(['metrics', '-i', '200', ...args], { env })
    assert.deepEqual([code, stderr], [0, ''])
    return read(`${lines.join('\n')}\n`)
  }

  it('prints what a server holds and does, which counts on from one scrape to the next', async () => {
    const tally = await manager.named('tally', Tally)
    await tally.add(1)
    await assert.rejects(tally.fail(), RangeError)
    const first = await scrape()
    for (let call = 0; call < 10; call++) await tally.add(1)
    const second = await scrape()
    const difference = (name: string): number =>
      valueOf(second, `referent_${name}`) - valueOf(first, `referent_${name}`)
    assert.deepEqual(['calls_total', 'call_errors_total'].map(difference), [10, 0])
    assert.deepEqual([valueOf(second, 'referent_up'), valueOf(second, 'referent_call_errors_total')], [1, 1])
    assert.deepEqual(second.get('referent_server_info')?.samples[0]?.labels['pid'], String(process.pid))
    assert.equal(valueOf(second, 'referent_referents', { typeid: 'Tally' }), 1)
    for (const name of ['uptime_seconds', 'cpu_seconds_total', 'resident_memory_bytes', 'sessions'])
      assert.ok(valueOf(second, `referent_${name}`) > 0, name)
    assert.ok(difference('uptime_seconds') < 60, 'uptime is in seconds')
    await manager.forget('tally')
    release(tally)
  })

  it('has names that end in their units, and counters in _total', async () => {
    const metrics = await scrape()
    for (const [name, { type, help }] of metrics) {
      assert.match(name, /^referent_[a-z_]+$/)
      assert.equal(name.endsWith('_total'), type === 'counter', name)
      assert.ok(help.length > 10 && !/_(?:ms|milliseconds|mebibytes)/.test(name), name)
    }
  })

  it('are all listed in the docs', async () => {
    const page = await readFile('docs/observability.md', 'utf8')
    const listed = [...page.matchAll(/^\| `(referent_\w+)` \| (counter|gauge) \|/gm)].map(([, name, type]) => [
      name,
      type,
    ])
    await using own = await Manager.serve({ authkey })
    await own.named('tally', Tally)
    const printed = Array.from(await scrape(own.address), ([name, { type }]) => [name, type])
    assert.deepEqual(listed, printed)
  })

  it('tells how long calls take that come while it looks, and NaN where none do', async () => {
    const tally = await manager.named('tally', Tally)
    const working = (async () => {
      for (let call = 0; call < 20; call++) await tally.work(50)
    })()
    const metrics = await scrape('-i', '400')
    await working
    const [median, longest] = ['0.5', '1'].map((quantile) =>
      valueOf(metrics, 'referent_call_duration_seconds', { quantile }),
    )
    assert.ok(median !== undefined && longest !== undefined && median <= longest)
    assert.ok(longest >= 0.05 && longest < 5, String(longest))
    await manager.forget('tally')
    release(tally)

    await using idle = await Manager.serve({ authkey })
    const of = await scrape(idle.address)
    assert.ok(Number.isNaN(valueOf(of, 'referent_call_duration_seconds', { quantile: '0.99' })))
  })

  it('has a label for each server, and no more than that it is down of one that has ended', async () => {
    await using several = await Manager.start({ servers: 2, authkey })
    const both = await scrape(several.address)
    const serversOf = (name: string): unknown => both.get(name)?.samples.map(({ labels }) => labels['server'])
    assert.deepEqual(
      ['referent_up', 'referent_sessions', 'referent_server_info'].map(serversOf),
      [1, 2, 3].map(() => ['0', '1']),
    )

    process.kill((await several.inspect()).servers[1]?.pid ?? assert.fail(), 'SIGKILL')
    const left = await eventually('one has ended', async () => {
      const now = await several.inspect({ load: true })
      return now.servers[1] === undefined ? now : undefined
    })
    const metrics = read(`${exposition(metricsOf(left)).join('\n')}\n`)
    assert.deepEqual(
      ['0', '1'].map((server) => valueOf(metrics, 'referent_up', { server })),
      [1, 0],
    )
    assert.deepEqual(metrics.get('referent_sessions')?.samples.length, 1)
  })

  it('adds up what it does not list', async () => {
    await using own = await Manager.serve({ authkey })
    await own.named('one', Tally)
    await own.named('two', Tally)
    await own.named('evil', Evil)
    const { samples = [] } = (await scrape(own.address, '--limit', '1')).get('referent_referents') ?? {}
    assert.deepEqual(samples, [
      { labels: { server: '0', typeid: 'Tally' }, value: 2 },
      { labels: { server: '0' }, value: 1 },
    ])
  })

  it('shows hostile typeids as one label, such that no terminal obeys it', async () => {
    await using own = await Manager.serve({ authkey })
    await own.named('evil', Evil)
    const metrics = await scrape(own.address)
    const typeids = metrics.get('referent_referents')?.samples.map(({ labels }) => labels['typeid'])
    const shown = String.raw`\u001b[31m"red"\\u000a# TYPE referent_up counter\u000d\u202e{}`
    assert.deepEqual(typeids, [`${shown}\ufffd`])
    assert.equal(metrics.get('referent_up')?.type, 'gauge')
  })

  it('prints JSON, and nothing but an error where it fails', async () => {
    const { lines } = await referent(['metrics', '-i', '10', '--json'], { env })
    const [up] = lines.map((line) => JSON.parse(line) as object)
    const help = 'Whether the server is there: 0 for one that has ended.'
    assert.deepEqual(up, { name: 'referent_up', type: 'gauge', help, samples: [{ labels: { server: 0 }, value: 1 }] })
    const refused = await referent(['metrics'], { env: { ...env, REFERENT_AUTHKEY: 'another' } })
    assert.deepEqual([refused.code, refused.lines], [4, []])
  })
})

describe('the text format of Prometheus', () => {
  const metric = (samples: readonly { labels: Record<string, string>; value: number }[]): string =>
    exposition([{ name: 'm', type: 'gauge', help: 'Of this spec.', samples }]).join('\n')

  it('has its own words for what is no finite number', () => {
    const values = [Infinity, -Infinity, NaN, 1e21, 1e-9]
    const text = metric(values.map((value, index) => ({ labels: { i: String(index) }, value })))
    assert.deepEqual(
      text.split('\n').slice(2),
      ['+Inf', '-Inf', 'NaN', '1e+21', '1e-9'].map((value, index) => `m{i="${index}"} ${value}`),
    )
  })

  it('never has two samples alike, nor a line of what is no number', () => {
    const long = 'x'.repeat(500)
    const text = metric([
      { labels: { typeid: `${long}1` }, value: 1 },
      { labels: { typeid: `${long}2` }, value: 2 },
      { labels: { typeid: 'liar' }, value: '1\nm 5' as unknown as number },
    ])
    const { samples = [] } = read(`${text}\n`).get('m') ?? {}
    assert.deepEqual(
      samples.map(({ value }) => value),
      [3, Infinity],
    )
  })

  it('has nothing of a metric without samples', () => {
    assert.equal(metric([]), '')
  })
})

function valueOf(metrics: Map<string, ReadMetric>, name: string, labels: Record<string, string> = {}): number {
  const { samples } = metrics.get(name) ?? assert.fail(`there is no ${name}`)
  const found = samples.find((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
  return found?.value ?? assert.fail(`${name} has no ${JSON.stringify(labels)}`)
}
