import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { moduleUrl, programFlags } from './harness/module.ts'
import { runAlone } from './package/run-alone.ts'
import { assertTutorialOutput } from './package/tutorial.ts'

/** What each sample must tell, in the order of its lines where that is certain. */
const stories: Readonly<Record<string, (output: string) => void>> = {
  'custom.ts': assertTutorialOutput,

  'callbacks.ts'(output) {
    const lines = output.trim().split('\n')
    for (const name of ['Ada', 'Grace']) {
      assert.ok(lines.includes(`the host hears ${name}: hello`))
      assert.ok(lines.includes(`${name} hears the host: are you there, Ada?`))
      assert.ok(lines.includes(`${name} hears the host: goodbye`))
    }
    assert.ok(lines.indexOf('the host hears Ada: I am here') < lines.indexOf('2 heard the host'))
  },

  'stream.ts'(output) {
    const [ahead, left, ...rest] = output.trim().split('\n')
    const produced = Number(/^read 20: (\d+) produced, open$/.exec(ahead ?? '')?.[1])
    assert.ok(produced >= 20 && produced <= 20 + 32, ahead)
    assert.match(left ?? '', /^left at 50: \d+ produced, closed$/)
    assert.deepEqual(rest, ['1 + 2 + ... + 1000 = 500500', 'dumped 1048576 bytes'])
  },

  'counter.ts'(output) {
    const [incremented, computed, written] = output.trim().split('\n')
    assert.deepEqual([incremented, computed], ['incremented: 2000', 'computed: 200'])
    // How many are lost, if any, is the machine's.
    assert.match(written ?? '', /^read and written: /)
  },

  'cluster-sessions.ts'(output) {
    assert.deepEqual(output.trim().split('\n'), [
      'hello Ada, this is visit 1',
      'hello Ada, this is visit 2',
      'a worker was ended by SIGKILL, worker 3 is in its place',
      'hello Ada, this is visit 3',
      'hello Ada, this is visit 4',
      'worker 3 has answered: true',
      'the session of Eve has expired',
    ])
  },

  'job-queue.ts'(output) {
    assert.deepEqual(output.trim().split('\n'), [
      'a worker was ended by SIGKILL, 4 jobs are left',
      '0: FETCH',
      '1: PARSE',
      '2: INDEX',
      '3: PUBLISH',
    ])
  },

  'progress.ts'(output) {
    const lines = output.trim().split('\n')
    assert.equal(lines.pop(), '283146 primes below 4000000')
    const done = lines.map((line) => Number(/^(\d+) of 200, \d+ a second$/.exec(line)?.[1]))
    assert.ok(done.length <= 4 && done.at(-1) === 200, output)
    assert.deepEqual(
      done,
      done.toSorted((one, other) => one - other),
    )
  },

  'rate-limiter.ts'(output) {
    const granted = [...output.matchAll(/^worker \d: (\d+) requests went through$/gm)].map(([, count]) => Number(count))
    assert.deepEqual([granted.length, granted.reduce((sum, count) => sum + count)], [3, 5])
    assert.match(output, /^Ada asked 30 times$/m)
  },

  'remote-queue.ts'(output) {
    assert.deepEqual(output.trim().split('\n'), [
      'listening at tls://127.0.0.1:a free port',
      'served tea',
      'served coffee',
      'served cake',
    ])
  },

  'workers.ts'(output) {
    const lines = output.trim().split('\n')
    assert.equal(lines.filter((line) => /^thread \d+: /.test(line)).length, 6)
    assert.equal(lines.filter((line) => line.startsWith('fork: ')).length, 3)
    assert.equal(lines.at(-1), 'computed 3 times')
  },
}

// Compiled, as these specs are, they start in a third of the time: CI runs each under tsx too.
describe('a sample', { concurrency: 2 }, () => {
  for (const [name, assertStory] of Object.entries(stories)) {
    it(`tells its story and leaves nothing behind: ${name}`, async () => {
      assertStory(await runAlone(process.cwd(), programFlags(moduleUrl(`../samples/${name}`, import.meta.url))))
    })
  }

  it('has its story told here', async () => {
    const names = (await readdir('samples')).filter((name) => name.endsWith('.ts'))
    assert.deepEqual(names.toSorted(), Object.keys(stories).toSorted())
  })
})
