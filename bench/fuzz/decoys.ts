import { createServer, type Server, type Socket } from 'node:net'
import { lineOf } from './frame.ts'
import { helloLine } from './handshake.ts'

/** Listeners that references may lead to: one says nothing, one says hello and no more, one closes at once. */
export class Decoys implements Disposable {
  readonly addresses: readonly string[]
  readonly #servers: readonly Server[]
  readonly #sockets = new Set<Socket>()

  constructor(folder: string) {
    const behaviours: readonly ((socket: Socket) => void)[] = [
      () => undefined,
      (socket) => socket.write(lineOf(helloLine())),
      (socket) => socket.destroy(),
    ]
    this.addresses = behaviours.map((_, index) => `unix:${folder}/decoy-${index}`)
    this.#servers = behaviours.map((behave, index) => this.#listen(`${folder}/decoy-${index}`, behave))
  }

  [Symbol.dispose](): void {
    for (const server of this.#servers) server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #listen(path: string, behave: (socket: Socket) => void): Server {
    const server = createServer((socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket))
      socket.resume()
      behave(socket)
      // Who waits for it waits for no longer than that.
      setTimeout(() => socket.destroy(), 3000).unref()
    })
    return server.listen(path)
  }
}
