import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { Manager, type Remote, SharedLock, withOptions } from 'referent'
import { eventually } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Tally } from './programs/service.ts'
import { referent, startReferent } from './referent.ts'

const authkey = 'a secret of this spec'
/** What a terminal obeys: CSI and OSC in seven and eight bits, a change of direction, a new line. */
const obeyed = /[^\P{Cc}\n]|\u202e/u
const evil = '\u001b[31mred\u009b31m\u001b]0;title\u0007\u202e\nline'
let manager: Manager
let env: Record<string, string>

leaveNothing()

describe('the command line that looks at a server', () => {
  before(async () => {
    manager = await Manager.serve({ authkey })
    env = { REFERENT_ADDRESS: manager.address, REFERENT_AUTHKEY: authkey }
  })

  after(() => manager.close())

  describe('referent inspect', () => {
    it('shows sessions, referents with their names, and who waits for what somebody has', async () => {
      const [lock, waiting, giveUp] = await heldLock()
      const { code, lines, stderr } = await referent(['inspect'], { env })
      const text = lines.join('\n')
      assert.deepEqual([code, stderr], [0, ''])
      assert.match(text, /^server 0 is process \d+ of \S+, up for .*\n.*1 referent, 2 sessions, /)
      assert.match(text, /^SESSION  PID +HOST  AGE +OPENED BY  HOLDS  PENDING  CALLS  ERRORS\ns1 .* authkey /m)
      assert.match(text, /^REFERENT  TYPEID +NAME .*\n\d+ +SharedLock  door /m)
      assert.match(text, /^SharedLock  1$/m)
      assert.match(text, /^\d+ +door  acquire  s1 +running  .* s1 for /m)
      const json = JSON.parse((await referent(['ps', manager.address, '--json'], { env })).lines.join('')) as Shown
      assert.deepEqual([json.referents[0]?.name, json.pending[0]?.calls[0]?.method], ['door', 'acquire'])
      giveUp.abort()
      await assert.rejects(waiting, { code: 'ABORTED' })
      await lock.release()
      await manager.forget('door')
    })

    it('shows a part of what there is, and says so', async () => {
      await manager.named('one', Tally)
      await manager.named('two', Tally)
      const { lines } = await referent(['inspect', '--limit', '1'], { env })
      assert.equal(lines.at(-1), 'There is more: see --limit.')
      assert.ok(lines.some((line) => / one /.test(line)) && !lines.some((line) => / two /.test(line)))
      await manager.forget('one')
      await manager.forget('two')
    })

    it('shows names, errors and results such that no terminal obeys them', async () => {
      await manager.named(evil, Tally)
      for (const args of [['inspect'], ['inspect', '--json'], ['call', evil, 'echo', JSON.stringify(evil)]]) {
        const { code, lines, stderr } = await referent(args, { env })
        assert.deepEqual([code, stderr], [0, ''])
        assert.ok(!obeyed.test(lines.join('\n')), JSON.stringify(lines))
        assert.ok(lines.join('').includes('\\u001b[31mred'))
      }
      const failing = await referent(['call', evil, 'fail', JSON.stringify(evil)], { env })
      assert.ok(!obeyed.test(failing.stderr), JSON.stringify(failing.stderr))
      const shown = String.raw`\u001b[31mred\u009b31m\u001b]0;title\u0007\u202e\u000aline`
      assert.equal(failing.stderr, `RangeError: ${shown}\n`)
      await manager.forget(evil)
    })

    it('fails with a wrong key, and where nobody is', async () => {
      assert.equal((await referent(['inspect'], { env: { ...env, REFERENT_AUTHKEY: 'another' } })).code, 4)
      assert.equal((await referent(['inspect', 'unix:/nowhere/s'], { env })).code, 3)
    })
  })

  describe('referent top', () => {
    it('shows once what the server did in an interval', async () => {
      await using calls = await callAgainAndAgain()
      const { code, lines } = await referent(['top', '--once', '-i', '300'], { env })
      assert.equal(code, 0)
      assert.match(lines[0] ?? '', /^PID +HOST +UP +SESSIONS +REFERENTS +PENDING +CALLS\/S +ERRORS\/S +P50 +P99 /)
      const json = await referent(['top', '--once', '--json', '-i', '300'], { env })
      const { servers } = JSON.parse(json.lines.join('')) as { servers: [Load] }
      const [{ callsPerS, latency, cpuPercent, pid }] = servers
      assert.ok(callsPerS > 10 && latency.count > 2 && latency.p50Ms > 0 && cpuPercent > 0, json.lines.join(''))
      assert.equal(pid, process.pid)
      void calls
    })

    it('goes on until a signal ends it', async () => {
      await using top = await startReferent(['top', '--json', '-i', '50'], { env })
      await eventually('it has told thrice', () => top.lines('{').length >= 3 || undefined)
      top.kill('SIGINT')
      assert.equal((await top.ending()).code, 130)
    })
  })

  describe('colours', { skip: process.platform === 'win32' }, () => {
    const terminal = [
      'python3',
      '-c',
      'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))',
    ]
    const bold = '\u001b[1m'

    it('are for terminals only, and not where NO_COLOR is set', async () => {
      const shown = async (options: { env: Record<string, string>; before?: readonly string[] }): Promise<string> => {
        const { code, lines } = await referent(['inspect'], options)
        assert.equal(code, 0)
        return lines.join('\n')
      }
      const coloured = { ...env, NO_COLOR: '', TERM: 'xterm' }
      assert.ok((await shown({ env: coloured, before: terminal })).includes(bold))
      assert.ok(!(await shown({ env: { ...coloured, NO_COLOR: '1' }, before: terminal })).includes(bold))
      assert.ok(!(await shown({ env: { ...coloured, FORCE_COLOR: '1', CI: '1' } })).includes(bold))
    })
  })

  describe('referent completion', () => {
    it('prints a script by which bash completes commands and options', async () => {
      const { lines } = await referent(['completion', 'bash'])
      const complete = async (...words: readonly string[]): Promise<string> => {
        const typed = words.map((word) => `'${word}'`).join(' ')
        const script = `${lines.join('\n')}\nCOMP_WORDS=(${typed}) COMP_CWORD=${words.length - 1}; _referent; echo "\${COMPREPLY[*]}"`
        return (await promisify(execFile)('bash', ['-c', script])).stdout.trim()
      }
      assert.equal(await complete('referent', 'se'), 'serve')
      assert.equal(await complete('referent', 'serve', '--tls-'), '--tls-cert --tls-key')
      assert.equal(await complete('referent', 'ps', '--auth'), '--authkey-file')
    })

    it('prints one for zsh and for fish, and knows no other', async () => {
      assert.match((await referent(['completion', 'zsh'])).lines.join('\n'), /^#compdef referent\n.*'serve:serve the /s)
      const fish = await referent(['completion', 'fish'])
      assert.ok(fish.lines.some((line) => line.includes("'__fish_seen_subcommand_from inspect ps' -l authkey-file -r")))
      assert.equal((await referent(['completion', 'tcsh'])).code, 2)
    })
  })

  describe('referent', () => {
    it('tells what it can do, and refuses what it can not', async () => {
      const help = await referent(['--help'])
      assert.deepEqual([help.code, help.stderr], [0, ''])
      for (const name of ['serve', 'call', 'tail', 'ping', 'inspect', 'top', 'metrics', 'completion'])
        assert.ok(
          help.lines.some((line) => line.startsWith(`  ${name}`)),
          name,
        )
      assert.equal((await referent(['serve', '--help'])).code, 0)
      const nothing = await referent(['nothing'])
      assert.deepEqual([nothing.code, nothing.stderr], [2, "error: unknown command 'nothing'\n"])
      assert.equal((await referent([])).code, 2)
    })

    it('says its help without an error where nobody reads it', async () => {
      const piping = ['bash', '-c', '"$@" | sleep 0; exit ${PIPESTATUS[0]}', 'bash']
      const { code, stderr } = await referent(['--help'], { before: piping })
      assert.deepEqual([code, stderr], [0, ''])
    })
  })
})

interface Shown {
  readonly referents: readonly { readonly name?: string }[]
  readonly pending: readonly { readonly calls: readonly { readonly method: string }[] }[]
}

interface Load {
  readonly pid: number
  readonly callsPerS: number
  readonly cpuPercent: number
  readonly latency: { readonly count: number; readonly p50Ms: number }
}

/** A lock that this session has, a wait for it, and what ends that. */
async function heldLock(): Promise<[lock: Remote<SharedLock>, waiting: Promise<unknown>, giveUp: AbortController]> {
  const lock = await manager.named('door', SharedLock)
  await lock.acquire()
  const giveUp = new AbortController()
  const waiting = withOptions(lock, { signal: giveUp.signal }).acquire()
  await eventually('it waits', async () => (await manager.inspect()).pending.length > 0 || undefined)
  return [lock, waiting, giveUp]
}

async function callAgainAndAgain(): Promise<AsyncDisposable> {
  const tally = await manager.named('tally', Tally)
  const stop = new AbortController()
  const over = (async () => {
    while (!stop.signal.aborted) await tally.add(1)
  })()
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await over
    },
  }
}
