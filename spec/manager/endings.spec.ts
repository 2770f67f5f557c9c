import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hostedBy, hosts } from '../harness/hosts.ts'
import { Program } from '../harness/program.ts'

const endings = './programs/endings.ts'

// `Program` fails where a process, a socket, a folder or a file is left.
for (const host of hosts)
  describe(`the end of a program with a manager and its server ${host}`, { concurrency: 2 }, () => {
    const env = hostedBy(host)

    it('comes when all is closed, with nothing of four concurrent processes lost and nothing left behind', async () => {
      const { code, lines, stderr } = await Program.run('./programs/four-processes.ts', import.meta.url, { env })
      assert.deepEqual([code, stderr], [0, ''])
      assert.deepEqual(lines, Array<string>(10).fill('1000'))
    })

    it('comes by itself when the manager is idle, though nobody closed it', async () => {
      const { code, stderr } = await Program.run(endings, import.meta.url, { args: ['idle'], env })
      assert.deepEqual([code, stderr], [0, ''])
    })

    it('waits for a call that has no answer yet', async () => {
      const { code, lines } = await Program.run(endings, import.meta.url, { args: ['pending'], env })
      assert.deepEqual([code, lines], [0, ['paused']])
    })

    it('leaves nothing behind after an exception that nobody caught', async () => {
      await using program = await Program.start(endings, import.meta.url, { args: ['throws'], env })
      const { code, stderr } = await program.ending()
      assert.equal(code, 1)
      assert.match(stderr, /thrown by the program/)
    })

    it('leaves nothing behind after process.exit in the middle of calls', async () => {
      await using program = await Program.start(endings, import.meta.url, { args: ['exits'], env })
      const { code } = await program.ending()
      assert.equal(code, 3)
    })
  })

describe('SIGKILL of a program', () => {
  it('leaves nothing behind after SIGKILL', async () => {
    await using program = await Program.start(endings, import.meta.url, { args: ['is killed'] })
    await program.line('server')
    program.kill('SIGKILL')
    assert.equal((await program.ending()).signal, 'SIGKILL')
  })
})

describe('SIGKILL of the server process', () => {
  it('rejects what is pending as of unknown delivery and what comes later as not sent, and leaves nothing', async () => {
    await using program = await Program.start(endings, import.meta.url, { args: ['loses its server'] })
    process.kill(Number(await program.line('server')), 'SIGKILL')
    const { code, lines } = await program.ending()
    assert.equal(code, 0)
    assert.deepEqual(lines.slice(1), [
      'pending SESSION_LOST unknown',
      'later SESSION_LOST not-sent',
      'create SESSION_LOST not-sent',
      'closed',
    ])
  })
})
