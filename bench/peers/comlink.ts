import { parentPort } from 'node:worker_threads'
import { packageOf, type Peer, threadServer } from './peer.ts'
import { Plain } from './plain.ts'

interface Comlink {
  wrap(endpoint: unknown): Remote
  expose(value: unknown, endpoint: unknown): void
  proxy<T>(value: T): T
  releaseProxy: typeof releaseProxy
}

declare const releaseProxy: unique symbol

interface RemotePlain {
  increment(by: number): Promise<number>
  echo(value: unknown): Promise<unknown>
  [releaseProxy](): void
}

interface Remote extends RemotePlain {
  readonly Plain: new () => Promise<RemotePlain>
  callBack(fn: (by: number) => number): Promise<number>
}

const comlinkModule = 'comlink/dist/esm/comlink.mjs'

async function load(): Promise<{ library: Comlink; endpointOf: (end: unknown) => unknown }> {
  const library = await packageOf<Comlink>(comlinkModule)
  const adapter = await packageOf<{ default: (end: unknown) => unknown }>('comlink/dist/esm/node-adapter.mjs')
  return { library, endpointOf: adapter.default }
}

export async function serve(): Promise<void> {
  const { library, endpointOf } = await load()
  const plain = new Plain()
  const exposed = {
    Plain,
    increment: (by: number) => plain.increment(by),
    echo: (value: unknown) => value,
    callBack: (fn: (by: number) => Promise<number>) => fn(1),
  }
  library.expose(exposed, endpointOf(parentPort))
}

const addOne = (by: number): number => by + 1

export const comlink: Peer<{ library: Comlink; remote: Remote }> = {
  package: comlinkModule,
  needs: 'npm ci --prefix bench',
  carries: ['plain', 'rich', 'bytes', 'numbers'],
  async open() {
    const { library, endpointOf } = await load()
    const worker = threadServer('comlink')
    return {
      client: { library, remote: library.wrap(endpointOf(worker)) },
      pids: () => [],
      async close() {
        await worker.terminate()
      },
    }
  },
  call: ({ remote }) => remote.increment(1),
  async create({ remote, library }) {
    const made = await new remote.Plain()
    made[library.releaseProxy]()
  },
  echo: ({ remote }, value) => remote.echo(value),
  callBack: ({ remote, library }) => remote.callBack(library.proxy(addOne)),
}
