import { Writable } from 'node:stream'
import { Exposed, Process, type Remote, Shared } from 'referent'
import { collectGarbage } from '../harness/garbage.ts'

/** Keeps streams of its clients to write to, and gives them its own. */
@Shared()
export class Tap {
  readonly #kept: WritableStreamDefaultWriter<unknown>[] = []
  readonly #ended: string[] = []

  /** Writes to it, and keeps it for more. */
  @Exposed
  async keep(stream: WritableStream<unknown>): Promise<void> {
    const writer = stream.getWriter()
    await writer.write('first')
    this.#kept.push(writer)
  }

  @Exposed
  async close(): Promise<void> {
    await Promise.all(this.#kept.map((writer) => writer.close()))
  }

  /** Forgets them all, and collects what nobody uses. */
  @Exposed
  forget(): void {
    this.#kept.length = 0
    collectGarbage()
  }

  @Exposed
  open(): WritableStream<unknown> {
    return new WritableStream({ abort: (reason) => void this.#ended.push(`web: ${codeOf(reason)}`) })
  }

  @Exposed
  openNode(): WritableStream<unknown> {
    const stream = new Writable({ objectMode: true, write: (_chunk, _encoding, done) => done() })
    return stream.on('error', (error) => this.#ended.push(`node: ${codeOf(error)}`)) as never
  }

  /** How the streams that it gave were aborted. */
  @Exposed
  get ended(): string[] {
    return this.#ended.toSorted()
  }
}

export function codeOf(reason: unknown): string {
  return String(Reflect.get(Object(reason), 'code'))
}

/** A process that writes to streams of the server, until it is ended. */
export function startWriting(tap: Remote<Tap>): Process {
  const process = new Process(writeForEver, [tap])
  process.start()
  return process
}

export async function writeForEver(tap: Remote<Tap>): Promise<void> {
  const [web, node] = [(await tap.open()).getWriter(), (await tap.openNode()).getWriter()]
  await Promise.all([web.write('first'), node.write('first')])
  await new Promise(() => undefined)
}
