import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { PeerProcess } from '../../lib/transport/peer-process.ts'
import { eventually } from '../harness/eventually.ts'

const isTold = process.platform === 'linux'

describe('the process at the other side', { timeout: 30_000 }, () => {
  it(
    'is busy while it computes, and not while it is stopped or waits',
    { skip: !isTold && 'the kernel tells of other processes on Linux only' },
    async () => {
      for (const [source, isBusy] of [
        ['for (;;);', true],
        ['setInterval(() => undefined, 1000)', false],
        // A server that others call now and then.
        ['setInterval(() => { const end = performance.now() + 5; while (performance.now() < end); }, 50)', false],
      ] as const) {
        const child = spawn(process.execPath, ['-e', `console.log(1); ${source}`])
        try {
          await once(child.stdout, 'data')
          const peer = new PeerProcess(child.pid ?? assert.fail())
          // After its start, which is work too.
          await eventually(`'${source}' is seen`, async () => {
            await pause(200)
            return peer.isBusy() === isBusy ? true : undefined
          })
          child.kill('SIGSTOP')
          await eventually('it is stopped', async () => {
            await pause(200)
            return peer.isBusy() ? undefined : true
          })
        } finally {
          child.kill('SIGKILL')
          await once(child, 'exit')
        }
      }
    },
  )

  it('is not busy where it is gone', async () => {
    const child = spawn(process.execPath, ['-e', ''])
    await once(child, 'exit')
    const peer = new PeerProcess(child.pid ?? assert.fail())
    assert.deepEqual([peer.isBusy(), peer.isBusy()], [false, false])
  })
})

/** The processor time of a process can only be told over a while. */
function pause(ms: number): Promise<unknown> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
