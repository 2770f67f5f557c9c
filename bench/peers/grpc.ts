import { packageOf, forkServer, type Peer } from './peer.ts'
import { Plain } from './plain.ts'

interface Grpc {
  loadPackageDefinition(definition: unknown): { Subject: ClientClass }
  Server: new (options: object) => Server
  ServerCredentials: { createInsecure(): unknown }
  credentials: { createInsecure(): unknown }
}

interface ProtoLoader {
  readonly loadSync: (path: string, options?: object) => unknown
}

interface ClientClass {
  new (address: string, credentials: unknown, options: object): Client
  readonly service: unknown
}

interface Holding {
  readonly value: unknown
}

type Answer = (error: Error | null, answer: Holding) => void

type Unary = (request: Holding, answer: Answer) => void

interface Client {
  readonly Increment: Unary
  readonly EchoRecords: Unary
  readonly EchoBytes: Unary
  readonly EchoNumbers: Unary
  Count(request: Holding): AsyncIterable<Holding>
  close(): void
}

interface Server {
  addService(service: unknown, handlers: object): void
  bindAsync(address: string, credentials: unknown, bound: (error: Error | null) => void): void
}

interface Call {
  readonly request: Holding
  write(item: Holding): void
  end(): void
}

// From the repository's root, where npm runs its scripts: this module runs compiled, in another folder.
const proto = 'bench/peers/subject.proto'
const options = { 'grpc.max_receive_message_length': -1 }

async function load(): Promise<{ library: Grpc; Subject: ClientClass }> {
  const { default: library } = await packageOf<{ default: Grpc }>('@grpc/grpc-js')
  const { loadSync } = await packageOf<ProtoLoader>('@grpc/proto-loader')
  return { library, Subject: library.loadPackageDefinition(loadSync(proto, { arrays: true })).Subject }
}

export async function serve(path: string): Promise<void> {
  const { library, Subject } = await load()
  const plain = new Plain()
  const server = new library.Server(options)
  const echo = ({ request }: Call, answer: Answer): void => answer(null, request)
  server.addService(Subject.service, {
    Increment: ({ request }: Call, answer: Answer) => answer(null, { value: plain.increment(Number(request.value)) }),
    EchoRecords: echo,
    EchoBytes: echo,
    EchoNumbers: echo,
    Count(call: Call) {
      for (let value = 0; value < Number(call.request.value); value++) call.write({ value })
      call.end()
    },
  })
  await new Promise<void>((resolve, reject) => {
    const bound = (error: Error | null): void => (error === null ? resolve() : reject(error))
    server.bindAsync(`unix:${path}`, library.ServerCredentials.createInsecure(), bound)
  })
}

/** Over a unix socket, with messages of bench/peers/subject.proto. */
export const grpc: Peer<Client> = {
  package: '@grpc/grpc-js',
  needs: 'npm ci --prefix bench',
  carries: ['plain', 'bytes', 'numbers'],
  takesClients: true,
  async open(given) {
    const { library, Subject } = await load()
    const server = given === undefined ? await forkServer('grpc') : undefined
    const path = given ?? server?.address ?? ''
    const client = new Subject(`unix:${path}`, library.credentials.createInsecure(), options)
    return {
      client,
      address: path,
      pids: () => server?.pids() ?? [],
      async close() {
        client.close()
        await server?.close()
      },
    }
  },
  call: (client) => ask(client, 'Increment', 1),
  echo(client, value) {
    if (value instanceof Uint8Array) return ask(client, 'EchoBytes', value)
    return ask(client, Array.isArray(value) && typeof value[0] === 'number' ? 'EchoNumbers' : 'EchoRecords', value)
  },
  async stream(client, items) {
    let came = 0
    for await (const _ of client.Count({ value: items })) came++
    return came
  },
}

function ask(client: Client, method: Exclude<keyof Client, 'Count' | 'close'>, value: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    client[method]({ value }, (error, answer) => (error === null ? resolve(answer.value) : reject(error)))
  })
}
