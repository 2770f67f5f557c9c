import { once } from 'node:events'
import { parentPort, type Worker } from 'node:worker_threads'
import { Slice } from '../measure.ts'
import { type Peer, threadServer } from './peer.ts'

export function serve(): void {
  parentPort?.on('message', (value) => parentPort?.postMessage(value))
}

/** The floor under what goes to a thread: a structured clone there and back, with no promise and nothing to look up. */
export const messagePort: Peer<Worker> = {
  carries: ['plain', 'rich', 'bytes', 'numbers'],
  async open() {
    const worker = threadServer('message-port')
    await once(worker, 'online')
    return {
      client: worker,
      pids: () => [],
      async close() {
        await worker.terminate()
      },
    }
  },
  call: (worker) => exchange(worker, 0, 1, 1),
  async echo(worker, value) {
    worker.postMessage(value)
    const [answer] = (await once(worker, 'message')) as [unknown]
    return answer
  },
  exchange: (worker, sliceMs, inFlight, value = 1) => exchange(worker, sliceMs, inFlight, value),
}

function exchange(worker: Worker, sliceMs: number, inFlight: number, value: unknown): Promise<number> {
  const slice = new Slice(sliceMs)
  let [echoed, outstanding] = [0, inFlight]
  return new Promise((resolve) => {
    const receive = (): void => {
      echoed++
      if (slice.isOver || sliceMs === 0) outstanding--
      else worker.postMessage(value)
      if (outstanding > 0) return
      worker.off('message', receive)
      resolve(echoed)
    }
    worker.on('message', receive)
    for (let sent = 0; sent < inFlight; sent++) worker.postMessage(value)
  })
}
