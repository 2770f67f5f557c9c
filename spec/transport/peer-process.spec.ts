import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { basename } from 'node:path'
import { describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'
import { PeerProcess } from '../../lib/transport/peer-process.ts'
import { eventually } from '../harness/eventually.ts'

const skip = process.platform !== 'linux' && 'the kernel tells of other processes on Linux only'
const computes = 'for (;;);'
const computingThread = `
  const { parentPort } = require('node:worker_threads')
  parentPort.postMessage(require('node:fs').readlinkSync('/proc/thread-self'))
  for (;;);`
const idles = 'setInterval(() => undefined, 100)'

describe('the process at the other side', { timeout: 30_000 }, () => {
  it('is busy while it computes, and not while it is stopped or waits', { skip }, async () => {
    for (const [source, isBusy] of [
      [computes, true],
      [idles, false],
      // A server that others call now and then.
      ['setInterval(() => { const end = performance.now() + 5; while (performance.now() < end); }, 50)', false],
    ] as const) {
      const child = await startNode(source)
      try {
        const peer = new PeerProcess(child.pid ?? assert.fail())
        // After its start, which is work too.
        await eventually(`'${source}' is seen`, async () => ((await isBusySince(peer)) === isBusy ? true : undefined))
        child.kill('SIGSTOP')
        await eventually('it is stopped', async () => ((await isBusySince(peer)) ? undefined : true))
      } finally {
        await end(child)
      }
    }
  })

  it('is told apart just as well where both wait for a processor, which is in use', { skip }, async () => {
    const crowd = Array.from({ length: 2 * availableParallelism() }, () => startNode(computes))
    const children = await Promise.all([startNode(computes), startNode(idles), ...crowd])
    try {
      const [computing, idling] = children.map((child) => new PeerProcess(child.pid ?? assert.fail()))
      assert.ok(computing !== undefined && idling !== undefined)
      const looks: [boolean, boolean][] = []
      await eventually('six looks in a row are right', async () => {
        looks.push([await isBusySince(computing), idling.isBusy()])
        return looks.slice(-6).filter(([one, other]) => one && !other).length === 6 || undefined
      })
    } finally {
      await Promise.all(children.map(end))
    }
  })

  it('is busy by the thread that is at the other side, whatever others of its process do', { skip }, async () => {
    const thread = new Worker(computingThread, { eval: true })
    try {
      const [task] = (await once(thread, 'message')) as [string]
      const [computing, main] = [new PeerProcess(process.pid, Number(basename(task))), new PeerProcess(process.pid)]
      await eventually('only the thread is busy', async () =>
        (await isBusySince(computing)) && !main.isBusy() ? true : undefined,
      )
    } finally {
      await thread.terminate()
    }
  })

  it('is not busy where it is gone', async () => {
    const child = spawn(process.execPath, ['-e', ''])
    await once(child, 'exit')
    const peer = new PeerProcess(child.pid ?? assert.fail())
    assert.deepEqual([peer.isBusy(), peer.isBusy()], [false, false])
  })
})

async function startNode(source: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', `console.log(1); ${source}`])
  await once(child.stdout, 'data')
  return child
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

/** The processor time of a process can only be told over a while. */
async function isBusySince(peer: PeerProcess): Promise<boolean> {
  await new Promise((resolve) => setTimeout(resolve, 100))
  return peer.isBusy()
}
