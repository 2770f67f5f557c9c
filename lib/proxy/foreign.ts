import { ManagerError } from '../errors.ts'
import type { Request } from '../session/outgoing-calls.ts'
import { type CallOptions, settledBy } from '../session/wait.ts'
import type { Shape } from '../wire/descriptor.ts'
import { tellUnhandled } from '../session-events.ts'
import { type CallFailure, type Holder, ImportEntry } from './import-entry.ts'
import { ImportTable } from './import-table.ts'
import { RemoteType } from './remote-type.ts'
import { createProxy, lose, proxyStateOf } from './proxy.ts'
import { formatReference, keyOf, type Reference, type ReferenceParts, type ServerPlace } from './reference.ts'

/**
 * A proxy of a referent of another server than the one it was received from, at once: calls wait until this process
 * is attached to it, and reject where that fails. From then on it is one of the session with that server.
 * @param attaching resolves with the proxy that the other server gives
 */
export function createForeignProxy(
  parts: ReferenceParts,
  shape: Shape,
  Class: RemoteType['Class'],
  attaching: Promise<unknown>,
): object {
  const holder = new ForeignHolder(parts)
  const entry = new ImportEntry(parts.id, new RemoteType(shape, Class), parts.secret, holder)
  const proxy = createProxy(entry)
  entry.proxy = new WeakRef(proxy)
  holder.await(attaching.then((attached) => takeOver(attached, entry)))
  return proxy
}

function takeOver(attached: unknown, heir: ImportEntry): void {
  const received = proxyStateOf(attached)?.entry
  if (received === undefined || !(received.holder instanceof ImportTable))
    throw new ManagerError('PROTOCOL', 'the server attached a reference to something that is no referent of its own')
  received.holder.cede(received, heir)
}

/** Holds what this process isn't attached to yet. */
class ForeignHolder implements Holder {
  readonly server: ServerPlace
  readonly place: string
  // What it is attached to sees to that.
  readonly isReopened = false
  readonly #parts: ReferenceParts
  #attached: Promise<void> = Promise.resolve()

  constructor(parts: ReferenceParts) {
    this.server = parts
    this.place = keyOf(parts)
    this.#parts = parts
  }

  /** @param attached resolves when the session has taken the entry over */
  await(attached: Promise<void>): void {
    this.#attached = attached
    // Who calls is told; where nobody does, nothing is lost.
    attached.catch(() => undefined)
  }

  async request(entry: ImportEntry, request: Request, options?: CallOptions): Promise<unknown> {
    await settledBy(this.#attached, options)
    return entry.request({ ...request, to: entry.id }, options)
  }

  refer(entry: ImportEntry): Reference {
    entry.refuseReleased()
    void this.#attached.then(() => entry.holder.refer(entry)).catch(() => undefined)
    return formatReference(this.#parts)
  }

  /** The session gives back what it received, once it has. */
  release(entry: ImportEntry): void {
    entry.isReleased = true
  }

  watch(entry: ImportEntry): void {
    entry.isWatched = true
    this.#attached.then(
      () => entry.holder.watch(entry),
      (error: unknown) => lose(entry, error),
    )
  }

  report(failure: CallFailure): void {
    tellUnhandled({ ...failure, session: undefined, pid: undefined })
  }
}
