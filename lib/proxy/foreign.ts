import type { CallOptions } from '../session/wait.ts'
import type { Request } from '../session/outgoing-calls.ts'
import type { Shape } from '../wire/descriptor.ts'
import { type Holder, Holding } from './holding.ts'
import { Members } from './members.ts'
import { createProxy, type ProxyState } from './proxy.ts'
import { formatReference, type Reference, type ReferenceParts } from './reference.ts'

/**
 * A proxy of a referent of another server than the one it was received from, at once: calls wait until this process
 * is attached to it, and reject where that fails.
 * @param attached the proxy that the other server gives
 */
export function createForeignProxy(
  parts: ReferenceParts,
  shape: Shape,
  Class: Members['Class'],
  attached: Promise<ProxyState>,
): object {
  return createProxy(new Holding(parts.id, new Members(shape, Class), parts.secret, new ForeignHolder(parts, attached)))
}

class ForeignHolder implements Holder {
  readonly serverId: string
  // What it is attached to sees to that.
  readonly isReopened = false
  readonly #parts: ReferenceParts
  #attached: Promise<ProxyState>

  constructor(parts: ReferenceParts, attached: Promise<ProxyState>) {
    this.serverId = parts.serverId
    this.#parts = parts
    this.#attached = attached
    // Who calls is told; where nobody does, nothing is lost.
    attached.catch(() => undefined)
  }

  async request(_holding: Holding, request: Request, options?: CallOptions): Promise<unknown> {
    const { holding } = await this.#attached
    return holding.request({ ...request, to: holding.id }, options)
  }

  refer(holding: Holding): Reference {
    holding.refuseReleased()
    void this.#attached.then(({ holding: held }) => held.holder.refer(held)).catch(() => undefined)
    return formatReference(this.#parts)
  }

  /** Only this proxy's own share is given up: others of this process may hold the same referent. */
  release(holding: Holding): void {
    holding.isReleased = true
    this.#attached = Promise.reject(new Error('released'))
    this.#attached.catch(() => undefined)
  }
}
