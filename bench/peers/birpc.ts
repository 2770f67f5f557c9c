import { packageOf, forkServer, type Peer } from './peer.ts'
import { Plain } from './plain.ts'

interface Birpc {
  readonly createBirpc: (functions: object, channel: Channel) => unknown
}

interface Channel {
  post(message: unknown): void
  on(listener: (message: unknown) => void): void
}

interface Remote {
  increment(by: number): Promise<number>
  echo(value: unknown): Promise<unknown>
  callBack(): Promise<number>
}

interface RemoteClient {
  called(by: number): Promise<number>
}

export async function serve(): Promise<void> {
  const { createBirpc } = await packageOf<Birpc>('birpc')
  const plain = new Plain()
  const functions = {
    increment: (by: number) => plain.increment(by),
    echo: (value: unknown) => value,
    callBack: () => client.called(1),
  }
  const client = createBirpc(functions, {
    post: (message) => process.send?.(message),
    on: (listener) => process.on('message', listener),
  }) as RemoteClient
}

/** Over the channel of a forked process, as Vitest has it. Its functions are named, and none crosses: `called` is called. */
export const birpc: Peer<Remote> = {
  package: 'birpc',
  needs: 'npm ci --prefix bench',
  carries: ['plain', 'rich', 'bytes', 'numbers'],
  async open() {
    const { createBirpc } = await packageOf<Birpc>('birpc')
    const server = await forkServer('birpc', [], { serialization: 'advanced' })
    const client = createBirpc(
      { called: (by: number) => by + 1 },
      {
        post: (message) => server.process.send(message as object),
        on: (listener) => server.process.on('message', listener),
      },
    ) as Remote
    return { client, pids: server.pids, close: server.close }
  },
  call: (remote) => remote.increment(1),
  echo: (remote, value) => remote.echo(value),
  callBack: (remote) => remote.callBack(),
}
