import { ManagerError } from '../errors.ts'
import type { Registration, RegistrationKey } from '../registry.ts'
import { isRecord } from '../wire/message.ts'

/** What finds a registration in another process. */
export function keyOf({ typeid, module, owner }: Registration): RegistrationKey {
  return { typeid, module, owner }
}

/** @throws ManagerError `PROTOCOL` for what isn't one */
export function parseRegistrationKey(value: unknown): RegistrationKey {
  const { typeid, module, owner } = isRecord(value) ? value : {}
  if (typeof typeid === 'string' && typeof owner === 'string' && (module === undefined || typeof module === 'string'))
    return { typeid, module, owner }
  throw new ManagerError('PROTOCOL', 'the registration to learn is malformed')
}
