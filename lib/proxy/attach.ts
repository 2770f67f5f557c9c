import { assertOptions, mustBe } from '../options.ts'
import { callChecks, type CallOptions } from '../session/wait.ts'
import { connectionPool } from './connection-pool.ts'
import { parseReference, type Reference } from './reference.ts'
import type { Remote } from './remote.ts'

/**
 * Turns a reference into a proxy, in any process that can reach the server's address. It needs no authkey: the
 * reference opens its own referent. Within one process all references to one server share a session, a manager's
 * where there is one, so that attaching twice gives the same proxy.
 *
 * @throws ManagerError `BAD_REFERENCE`, `REFERENT_GONE` (it lives no more, or its server ended), `CONNECT_FAILED`,
 * `AUTH_FAILED` (the capability was altered), `TIMEOUT`, `ABORTED`; TypeError for what is no text, and unknown options
 */
export async function attach<T = unknown>(reference: Reference<T> | string, options?: CallOptions): Promise<Remote<T>> {
  if (typeof reference !== 'string')
    throw mustBe('the reference to attach', reference, 'a text: that of refOf(proxy) or JSON.stringify(proxy)')
  assertOptions('attach', options, callChecks)
  const proxy = await connectionPool.attach(parseReference(reference), options)
  return proxy as Remote<T>
}
