import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { Manager, refOf, SharedMap } from 'referent'
import { eventually } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Tally } from './programs/service.ts'
import { referent, startReferent } from './referent.ts'

const authkey = 'a secret of this spec'
const folder = await mkdtemp(join(tmpdir(), 'cli-'))
const [key, wrongKey] = [join(folder, 'key'), join(folder, 'wrong')]
let manager: Manager
let env: Record<string, string>

leaveNothing()

describe('the command line', () => {
  before(async () => {
    await writeFile(key, `${authkey}\n`, { mode: 0o600 })
    await writeFile(wrongKey, 'another one', { mode: 0o600 })
    manager = await Manager.serve({ authkey })
    env = { REFERENT_ADDRESS: manager.address, REFERENT_AUTHKEY: authkey }
  })

  after(async () => {
    await manager.close()
    await rm(folder, { recursive: true })
  })

  describe('referent call', () => {
    it('prints what a method gives as JSON, and reads a property', async () => {
      await manager.named('tally', Tally)
      const added = await referent(['call', 'tally', 'add', '-2', '--authkey-file', key], { env: withoutKey() })
      assert.deepEqual([added.code, added.lines, added.stderr], [0, ['-2'], ''])
      assert.deepEqual((await referent(['call', 'tally', 'total'], { env })).lines, ['-2'])
      const echoed = await referent(['call', 'tally', 'echo', '{"a":[1,null,"é"]}', '--json'], { env })
      assert.deepEqual(echoed.lines, ['{"a":[1,null,"é"]}'])
    })

    it('prints what JSON has of other values, and no reference', async () => {
      await manager.named('tally', Tally)
      const { lines } = await referent(['call', 'tally', 'rich'], { env })
      assert.deepEqual(JSON.parse(lines.join('')), {
        when: '1970-01-01T00:00:00.000Z',
        big: '100000000000000000000',
        bytes: 'AQI=',
        set: [1],
        none: null,
        self: { proxy: 'Tally' },
      })
    })

    it('takes a reference from the standard input or a file, without an authkey', async () => {
      const reference = refOf(await manager.named('tally', Tally))
      const piping = ['sh', '-c', 'printf %s "$REFERENCE" | "$@"', 'sh']
      const piped = await referent(['call', '--reference-file', '-', 'echo', '1'], {
        before: piping,
        env: { REFERENCE: reference },
      })
      assert.deepEqual([piped.code, piped.lines], [0, ['1']])
      const file = join(folder, 'reference')
      await writeFile(file, reference)
      assert.deepEqual((await referent(['call', '--reference-file', file, 'echo', '2'])).lines, ['2'])
    })

    for (const [what, args, code, error] of [
      ['a method that throws', ['tally', 'fail'], 1, 'RangeError: out of range'],
      ['arguments that are not JSON', ['tally', 'add', '{'], 2, 'UsageError: argument 1 is not JSON'],
      ['no method', ['tally'], 2, 'UsageError: give the name'],
      ['an option that is not there', ['tally', 'add', '--athkey=hidden'], 2, "error: unknown option '--athkey'"],
      ['a stream', ['tally', 'numbers', '1'], 2, 'UsageError: numbers gives a stream'],
      ['nobody at the address', ['tally', 'total', '--address', 'unix:/nowhere/s'], 3, 'CONNECT_FAILED: '],
      ['a text that is no address', ['tally', 'total', '--address', 'nowhere'], 2, 'UsageError: '],
      ['a wrong authkey', ['tally', 'total', '--authkey-file', wrongKey], 4, 'AUTH_FAILED: '],
      [
        'a file that is not there',
        ['tally', 'total', '--authkey-file', '/nowhere'],
        4,
        'AUTH_FAILED: the file of the authkey',
      ],
      ['an unknown name', ['nobody', 'total'], 5, 'UNKNOWN_NAME: '],
      ['an unknown method', ['tally', 'nothing'], 5, 'NOT_EXPOSED: '],
      ['a call that takes too long', ['tally', 'work', '60000', '--timeout', '300'], 6, 'TIMEOUT: '],
    ] as const) {
      it(`ends with ${code} for ${what}, which it names`, async () => {
        await manager.named('tally', Tally)
        const ending = await referent(['call', ...args], { env })
        assert.equal(ending.code, code, ending.stderr)
        assert.ok(ending.stderr.startsWith(error), ending.stderr)
        assert.deepEqual(ending.lines, [])
        assert.ok(!/hidden|a secret/.test(ending.stderr), ending.stderr)
      })
    }

    it('says what went wrong as JSON', async () => {
      const { stderr } = await referent(['call', 'nobody', 'total', '--json'], { env })
      const { error } = JSON.parse(stderr) as { error: Record<string, unknown> }
      assert.deepEqual([error['name'], error['code']], ['ManagerError', 'UNKNOWN_NAME'])
    })

    it('says as JSON what is wrong with a command line, of which it tells no value that may be a secret', async () => {
      for (const args of [['call', '--autkey=hidden'], ['ping', '--count', '0'], ['nothing']]) {
        const { code, lines, stderr } = await referent([...args, '--json'], { env })
        const { error } = JSON.parse(stderr) as { error: Record<string, unknown> }
        assert.deepEqual([code, error['name'], lines], [2, 'UsageError', []])
        assert.ok(!stderr.includes('hidden'), stderr)
      }
    })

    it('says what was thrown that is no error', async () => {
      const tally = await manager.named('tally', Tally)
      assert.equal((await referent(['call', 'tally', 'failWith', '"late"'], { env })).stderr, 'Error: late\n')
      const { stderr } = await referent(['call', 'tally', 'failWith', '{"a":[1]}', '--json'], { env })
      assert.deepEqual(JSON.parse(stderr), { error: { name: 'Error', message: '{"a":[1]}' } })
      await assert.rejects(tally.failWith({ a: [1] }))
    })

    it('says what went wrong where the message of an error is no text', async () => {
      await manager.named('tally', Tally)
      for (const [args, told] of [
        [[], 'Error: {"a":"1"}\n'],
        [['--json'], `${JSON.stringify({ error: { name: 'Error', message: '{"a":"1"}' } })}\n`],
      ] as const) {
        const { code, stderr } = await referent(['call', 'tally', 'failOddly', ...args], { env })
        assert.deepEqual([code, stderr], [1, told])
      }
    })

    it('refuses a result that is small, and that JSON would make large', async () => {
      await manager.named('tally', Tally)
      const { code, stderr } = await referent(['call', 'tally', 'doubled', '60'], { env })
      assert.deepEqual([code, stderr], [1, 'Error: the result has more than 10000000 values\n'])
    })

    it(
      'ends by a signal while it waits for its standard input',
      { skip: process.platform !== 'linux' && 'looks into /proc' },
      async () => {
        // The shell's own input is the FIFO's, which nobody writes to or ends.
        const piping = ['sh', '-c', 'exec 3<>"$FIFO"; exec "$@" <&3', 'sh']
        await promisify(execFile)('mkfifo', [join(folder, 'fifo')])
        const reads = ['call', 'tally', 'total', '--authkey-file', '-']
        const options = { env: { ...withoutKey(), FIFO: join(folder, 'fifo') }, before: piping }
        await using call = await startReferent(reads, options)
        await eventually('it handles signals, SIGHUP too, which Node does not by itself', () =>
          catches(call.pid, 'SIGHUP'),
        )
        call.kill('SIGINT')
        assert.equal((await call.ending()).code, 130)
      },
    )

    it('wants an authkey', async () => {
      const { code, stderr } = await referent(['call', 'tally', 'total'], { env: withoutKey() })
      assert.deepEqual([code, stderr.split(':')[0]], [2, 'UsageError'])
    })

    it(
      'has no secret on its command line, and ends by a signal, of which the method learns',
      { skip: process.platform !== 'linux' },
      async () => {
        await manager.named('tally', Tally)
        await using call = await startReferent(['call', 'tally', 'work', '60000'], { env })
        const pending = async (): Promise<number> => (await manager.inspect()).pending.length
        await eventually('the call runs', async () => (await pending()) > 0 || undefined)
        const commandLine = await readFile(`/proc/${call.pid}/cmdline`, 'utf8')
        assert.ok(commandLine.includes('tally') && !commandLine.includes(authkey))
        call.kill('SIGINT')
        assert.equal((await call.ending()).code, 130)
        await eventually('the method was aborted', async () => (await pending()) === 0 || undefined)
      },
    )
  })

  describe('referent tail', () => {
    it('prints an item on a line until the stream ends', async () => {
      await manager.named('tally', Tally)
      const { code, lines } = await referent(['tail', 'tally', 'numbers', '3'], { env })
      assert.deepEqual([code, lines], [0, ['0', '1', '2']])
    })

    it('prints many items that each fill the buffer, and no warning', async () => {
      await manager.named('tally', Tally)
      const piping = ['bash', '-c', '"$@" | wc -l; exit ${PIPESTATUS[0]}', 'bash']
      const texts = ['tail', 'tally', 'texts', '300', '100000']
      const { code, lines, stderr } = await referent(texts, { env, before: piping })
      assert.deepEqual([code, Number(lines[0]), stderr], [0, 300, ''])
    })

    it(
      'ends by a signal while its reader takes nothing',
      { skip: process.platform !== 'linux' && 'looks into /proc' },
      async () => {
        await manager.named('tally', Tally)
        // The FIFO is full after the first item, and nobody reads it.
        const fifo = join(folder, 'full')
        await promisify(execFile)('mkfifo', [fifo])
        const shell = ['sh', '-c', 'exec 3<>"$FIFO"; exec "$@" >&3', 'sh']
        const texts = ['tail', 'tally', 'texts', '300', '100000']
        await using tail = await startReferent(texts, { env: { ...env, FIFO: fifo }, before: shell })
        await eventually('the FIFO is full', () => hasWritten(tail.pid, 65_536))
        tail.kill('SIGTERM')
        assert.equal((await tail.ending()).code, 143)
      },
    )

    it('ends when nobody reads on', async () => {
      await manager.named('tally', Tally)
      const piping = ['bash', '-c', '"$@" | head -1; exit ${PIPESTATUS[0]}', 'bash']
      const { code, lines, stderr } = await referent(['tail', 'tally', 'numbers', '1e9'], { env, before: piping })
      assert.deepEqual([code, lines, stderr], [0, ['0'], ''])
    })

    it('shows the changes of a map as they come, until a signal ends it', async () => {
      const map = await manager.named('map', SharedMap<string, number>)
      await using tail = await startReferent(['tail', 'map', 'watch'], { env })
      const told = tail.line('')
      await eventually('a change is told', async () => {
        await map.set('a', Date.now())
        return tail.lines('').length > 0 || undefined
      })
      assert.match(await told, /"a"/)
      tail.kill('SIGTERM')
      assert.equal((await tail.ending()).code, 143)
    })

    it('prints a property that is no stream once', async () => {
      await manager.named('tally', Tally)
      assert.equal((await referent(['tail', 'tally', 'total'], { env })).code, 0)
    })
  })

  describe('referent ping', () => {
    it('tells how long the answers take', async () => {
      const { code, lines } = await referent(['ping', '-c', '2', '-i', '1'], { env })
      assert.equal(code, 0)
      assert.match(lines.at(-1) ?? '', /^2 answers: min [\d.]+ ms, median [\d.]+ ms, max [\d.]+ ms$/)
      const { lines: json } = await referent(['ping', manager.address, '-c', '2', '-i', '1', '--json'], { env })
      const told = JSON.parse(json.join('')) as { minMs: number; medianMs: number; maxMs: number }
      assert.deepEqual(Object.keys(told), ['count', 'minMs', 'medianMs', 'maxMs'])
      assert.equal(told.medianMs, (told.minMs + told.maxMs) / 2)
    })

    it('fails where nobody is', async () => {
      assert.equal((await referent(['ping', 'unix:/nowhere/s'], { env })).code, 3)
    })
  })
})

function withoutKey(): Record<string, string> {
  return { REFERENT_ADDRESS: manager.address }
}

/** Whether the process has a handler of the signal. */
async function catches(pid: number, signal: 'SIGHUP'): Promise<true | undefined> {
  const [, mask = '0'] = /^SigCgt:\s*(\w+)$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? []
  return (BigInt(`0x${mask}`) >> BigInt(constants.signals[signal] - 1)) % 2n === 1n || undefined
}

async function hasWritten(pid: number, bytes: number): Promise<true | undefined> {
  const [, written = '0'] = /^wchar: (\d+)$/m.exec(await readFile(`/proc/${pid}/io`, 'utf8')) ?? []
  return Number(written) >= bytes || undefined
}
