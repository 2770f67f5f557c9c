import { ManagerError } from '../errors.ts'
import type { Request } from '../session/outgoing-calls.ts'
import { type CallOptions, settledBy } from '../session/wait.ts'
import type { Shape } from '../wire/descriptor.ts'
import { tellUnhandled } from '../session-events.ts'
import { type CallFailure, type Holder, Holding } from './holding.ts'
import { Holdings } from './holdings.ts'
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
  const holding = new Holding(parts.id, new RemoteType(shape, Class), parts.secret, holder)
  const proxy = createProxy(holding)
  holding.proxy = new WeakRef(proxy)
  holder.await(attaching.then((attached) => takeOver(attached, holding)))
  return proxy
}

function takeOver(attached: unknown, heir: Holding): void {
  const received = proxyStateOf(attached)?.holding
  if (received === undefined || !(received.holder instanceof Holdings))
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

  /** @param attached resolves when the session has taken the holding over */
  await(attached: Promise<void>): void {
    this.#attached = attached
    // Who calls is told; where nobody does, nothing is lost.
    attached.catch(() => undefined)
  }

  async request(holding: Holding, request: Request, options?: CallOptions): Promise<unknown> {
    await settledBy(this.#attached, options)
    return holding.request({ ...request, to: holding.id }, options)
  }

  refer(holding: Holding): Reference {
    holding.refuseReleased()
    void this.#attached.then(() => holding.holder.refer(holding)).catch(() => undefined)
    return formatReference(this.#parts)
  }

  /** The session gives back what it received, once it has. */
  release(holding: Holding): void {
    holding.isReleased = true
  }

  watch(holding: Holding): void {
    holding.isWatched = true
    this.#attached.then(
      () => holding.holder.watch(holding),
      (error: unknown) => lose(holding, error),
    )
  }

  report(failure: CallFailure): void {
    tellUnhandled({ ...failure, session: undefined, pid: undefined })
  }
}
