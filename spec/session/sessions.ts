import { after, before } from 'node:test'
import { createCodec } from '../../lib/codec/codec.ts'
import type { SessionPeer } from '../../lib/call-context.ts'
import type { ManagerError } from '../../lib/errors.ts'
import type { IncomingCall } from '../../lib/session/incoming-call.ts'
import type { CallOptions } from '../../lib/session/wait.ts'
import type { Role } from '../../lib/session/role.ts'
import { type HeartbeatOptions, type SessionOptions, sessionSettings } from '../../lib/session/session-options.ts'
import { Session } from '../../lib/session/session.ts'
import { createMemoryPair } from '../../lib/transport/memory.ts'
import type { Transport } from '../../lib/transport/transport.ts'
import type { TracedCall } from '../../lib/tracing.ts'
import type { TargetId } from '../../lib/wire/message.ts'
import { Writer } from '../../lib/wire/writer.ts'
import { type Fields, fieldsOf, written } from '../harness/message.ts'
import { Inbox } from '../transport/inbox.ts'
import { connectPair } from '../transport/sockets.ts'
import { Ledger } from './ledger.ts'

export type Dispatch = (call: IncomingCall) => unknown
export type Open = () => Promise<[near: Transport, far: Transport]>

/** What sessions run over, by the name that a spec gives it. */
export const openers: Readonly<Record<string, Open>> = {
  'a socket': connectPair,
  'one process': async () => createMemoryPair(),
}

/** A side of a session that counts its references and does what it is told with requests. */
export class Side implements Role {
  readonly session: Session
  readonly peer: SessionPeer = { id: 'spec', pid: 1, ended: new AbortController().signal }
  readonly references: Ledger
  readonly ends: ManagerError[] = []
  readonly dispatch: Dispatch
  described = 0

  constructor(transport: Transport, dispatch: Dispatch, options?: SessionOptions, peer?: HeartbeatOptions) {
    this.dispatch = dispatch
    let references: Ledger | undefined
    this.session = new Session(
      transport,
      createCodec(),
      sessionSettings(options, peer === undefined ? options : { heartbeat: peer }),
      (session) => {
        references = new Ledger(session)
        return this
      },
    )
    this.references = references ?? new Ledger(this.session)
  }

  /** Counts how often it was asked for what only tracers want. */
  describe(): Pick<TracedCall, 'session' | 'pid' | 'address' | 'typeid'> {
    this.described++
    return { session: 'spec', pid: 1, address: undefined, typeid: 'Spec' }
  }

  ended(error: ManagerError): void {
    this.ends.push(error)
  }

  call(method: string, args: readonly unknown[] = [], options?: CallOptions): Promise<unknown> {
    return this.session.request({ kind: 'call', to: target, method, args }, options)
  }

  /** Calls a method that returns a stream. */
  async stream(method = 'stream'): Promise<AsyncGenerator<unknown, unknown, undefined>> {
    return (await this.call(method)) as AsyncGenerator<unknown, unknown, undefined>
  }
}

export const target = 3 as TargetId

/** Two sides that are connected; the far one carries out what `dispatch` says, the near one nothing. */
export async function openSides(
  open: Open,
  dispatch: Dispatch,
  options?: SessionOptions,
): Promise<{ near: Side; far: Side }> {
  const [near, far] = await open()
  return { near: new Side(near, refuse, options), far: new Side(far, dispatch, options) }
}

/** A side whose peer says just what the spec writes. */
export function openAgainstScript(
  dispatch: Dispatch = refuse,
  options?: SessionOptions,
  peer?: HeartbeatOptions,
): { near: Side; far: Script; inbox: Inbox } {
  const [near, far] = createMemoryPair()
  const inbox = new Inbox(fieldsOf)
  far.start(inbox)
  return { near: new Side(near, dispatch, options, peer), far: new Script(far), inbox }
}

/** A peer that says what it is told to. */
export class Script {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  send(fields: Fields): void {
    this.#transport.send(written(fields), 0)
  }

  /** Sends bytes, which need be no message, as one. */
  sendBytes(...bytes: readonly number[]): void {
    const writer = new Writer()
    writer.raw(Uint8Array.from(bytes))
    this.#transport.send(writer, 0)
  }

  destroy(): void {
    this.#transport.destroy()
  }
}

export function refuse(): never {
  throw new Error('this side serves nothing')
}

/** The arguments of a call. */
export function argumentsOf(call: IncomingCall): readonly unknown[] {
  return call.body() as readonly unknown[]
}

/** Something that happens later, when the spec says so. */
export class Latch<T = void> {
  open: (value: T) => void = () => undefined
  readonly opened: Promise<T> = new Promise((resolve) => (this.open = resolve))
}

/** Resolves when all that is under way in this process has happened, as long as nothing waits for a timer. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** Keeps this process alive during the specs of a suite: sessions that wait for nothing don't. */
export function keepProcessAlive(): void {
  let timer: NodeJS.Timeout
  before(() => void (timer = setInterval(() => undefined, 60_000)))
  after(() => clearInterval(timer))
}
