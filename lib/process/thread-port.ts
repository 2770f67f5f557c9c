import { EventEmitter } from 'node:events'
import type { MessagePort } from 'node:worker_threads'
import type { Port } from './channel.ts'

/** A port between a program and a thread of it, which this owns, as Node's IPC channel between processes. */
export class ThreadPort extends EventEmitter<{ message: [unknown]; disconnect: [] }> implements Port {
  readonly #port: MessagePort
  #isConnected = true

  constructor(port: MessagePort) {
    super()
    this.#port = port
    port.on('message', (received) => this.emit('message', received))
    // It comes after all that the other end has said.
    port.once('close', () => {
      this.#isConnected = false
      this.emit('disconnect')
    })
  }

  get connected(): boolean {
    return this.#isConnected
  }

  send(message: unknown, sent: (error: Error | null) => void, ports: readonly MessagePort[] = []): void {
    this.#port.postMessage(message, ports)
    sent(null)
  }

  disconnect(): void {
    this.#port.close()
  }

  ref(): void {
    this.#port.ref()
  }

  unref(): void {
    this.#port.unref()
  }
}
