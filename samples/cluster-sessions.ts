// The workers of a cluster answer HTTP requests by turns, and all know who is logged in: the sessions are in an object that they
// share. One worker is killed, and the one that takes its place knows them too.
import cluster, { type Worker } from 'node:cluster'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { attach, Exposed, isMain, Manager, type Reference, refOf, type Remote, Shared } from 'referent'

@Shared()
export class Sessions {
  readonly #sessions = new Map<string, { readonly user: string; visits: number }>()

  @Exposed
  open(user: string, lifetimeMs: number): string {
    const id = randomUUID()
    this.#sessions.set(id, { user, visits: 0 })
    setTimeout(() => this.#sessions.delete(id), lifetimeMs).unref()
    return id
  }

  @Exposed
  visit(id: string): string | undefined {
    const session = this.#sessions.get(id)
    return session && `hello ${session.user}, this is visit ${++session.visits}`
  }
}

// In a worker.

async function serve(): Promise<void> {
  const sessions = await attach(process.env['SESSIONS'] as Reference<Sessions>)
  const server = createServer((request, response) => {
    response.shouldKeepAlive = false // so that the next request may go to another worker
    response.setHeader('x-worker', String(cluster.worker?.id))
    answer(sessions, request).then(
      (text) => response.writeHead(text === undefined ? 401 : 200).end(text),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  })
  server.listen(0, '127.0.0.1')
}

async function answer(
  sessions: Remote<Sessions>,
  { url = '/', headers }: IncomingMessage,
): Promise<string | undefined> {
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  if (pathname === '/login') return sessions.open(searchParams.get('user') ?? '', Number(searchParams.get('ms')))
  return sessions.visit(headers.authorization ?? '')
}

// In the primary.

interface Answer {
  readonly text: string
  readonly status: number
  readonly worker: number
}

async function ask(port: number, path: string, authorization = ''): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization } })
  return { text: await response.text(), status: response.status, worker: Number(response.headers.get('x-worker')) }
}

async function forked(sessions: Remote<Sessions>): Promise<[worker: Worker, port: number]> {
  const worker = cluster.fork({ SESSIONS: refOf(sessions) })
  const [{ port }] = (await once(worker, 'listening')) as [{ port: number }]
  return [worker, port]
}

if (cluster.isWorker) await serve()
else if (isMain(import.meta)) {
  cluster.schedulingPolicy = cluster.SCHED_RR // by turns, on Windows too
  await using manager = await Manager.start()
  const sessions = await manager.create(Sessions)
  const [[first, port]] = await Promise.all([forked(sessions), forked(sessions)])

  const ada = await ask(port, '/login?user=Ada&ms=3600000')
  for (const _ of [1, 2]) console.log((await ask(port, '/', ada.text)).text)

  first.process.kill('SIGKILL')
  const [, signal] = (await once(first, 'exit')) as [code: null, signal: string]
  const [third] = await forked(sessions)
  console.log(`a worker was ended by ${signal}, worker ${third.id} is in its place`)

  const answers = [await ask(port, '/', ada.text), await ask(port, '/', ada.text)]
  for (const { text } of answers) console.log(text)
  console.log(`worker ${third.id} has answered: ${answers.some(({ worker }) => worker === third.id)}`)

  const eve = await ask(port, '/login?user=Eve&ms=100')
  while ((await ask(port, '/', eve.text)).status === 200) await sleep(50)
  console.log('the session of Eve has expired')

  for (const worker of Object.values(cluster.workers ?? {})) worker?.disconnect()
}
