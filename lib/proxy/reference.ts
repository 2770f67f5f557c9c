import { narrowCapability } from '../auth/proofs.ts'
import { ManagerError } from '../errors.ts'
import { areCaveats } from '../wire/caveats.ts'
import type { TargetId } from '../wire/message.ts'

declare const target: unique symbol

/**
 * The portable form of a proxy: a text that another process, thread or program turns into a proxy with `attach`. It
 * opens this one referent and nothing else: whoever can read it can call it, so pass it on as you would a password.
 */
export type Reference<T = unknown> = string & { readonly [target]?: T }

/** A server: its address, and the identity that it proves when a session is opened. */
export interface ServerLocation {
  readonly address: string
  /** Another one for each start of the server. */
  readonly serverId: string
  /** The address by which others reach it, as it says, where that is another one. */
  readonly advertised?: string
}

/**
 * Whether both are the same server at the same address. A process at another address may pass on the proofs of a server, so
 * that the identity alone doesn't say which process receives what is sent there.
 */
export function isSameServer(one: ServerLocation | undefined, other: ServerLocation | undefined): boolean {
  return one !== undefined && one.serverId === other?.serverId && one.address === other.address
}

/** A key for maps, and for people. */
export function locationKey({ address, serverId, advertised = address }: ServerLocation): string {
  return `${serverId}@${advertised}`
}

/** What opens a referent, as far as its caveats allow. */
export interface Capability {
  readonly id: TargetId
  readonly secret: string
  readonly caveats?: readonly string[] | undefined
}

export interface ReferenceParts extends ServerLocation, Capability {
  readonly typeid: string
}

/** The capability that is left by one more caveat. @throws RangeError where there are too many */
export function narrowed({ id, secret, caveats = [] }: Capability, caveat: string): Capability {
  const all = [...caveats, caveat]
  if (areCaveats(all)) return { id, secret: narrowCapability(secret, caveat), caveats: all }
  throw new RangeError('the reference would be too long: it was narrowed too often, or to too many members')
}

const scheme = 'referent:'

export function formatReference(parts: ReferenceParts): Reference {
  const fields = new URLSearchParams({
    at: parts.advertised ?? parts.address,
    server: parts.serverId,
    id: String(parts.id),
    typeid: parts.typeid,
  })
  for (const caveat of parts.caveats ?? []) fields.append('caveat', caveat)
  return `${scheme}?${fields.toString()}#${parts.secret}`
}

/** @throws ManagerError `BAD_REFERENCE`, without the text: it may be a secret */
export function parseReference(text: unknown): ReferenceParts {
  const match = typeof text === 'string' ? /^referent:\?([^#]+)#([\w-]+)$/.exec(text) : null
  const fields = new URLSearchParams(match?.[1])
  const [address, serverId, id, typeid] = ['at', 'server', 'id', 'typeid'].map((field) => fields.get(field))
  const secret = match?.[2]
  const caveats = fields.getAll('caveat')
  const isWhole = address && serverId && id && typeid && secret
  if (!isWhole || !/^\d{1,15}$/.test(id) || !areCaveats(caveats)) {
    throw new ManagerError(
      'BAD_REFERENCE',
      `not a reference: one begins with '${scheme}', and comes from refOf(proxy) or JSON.stringify(proxy)`,
    )
  }
  const parts = { address, serverId, id: Number(id) as TargetId, typeid, secret }
  return caveats.length === 0 ? parts : { ...parts, caveats }
}
