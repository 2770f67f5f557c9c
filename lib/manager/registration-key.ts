import { ManagerError } from '../errors.ts'
import type { Registration, RegistrationKey } from '../registry.ts'
import { isRecord } from '../wire/message.ts'

/** What a server process is to know that was registered after it was started. */
export interface Lesson {
  readonly types: readonly RegistrationKey[]
  /** The modules that register classes and transformers of values. */
  readonly modules: readonly string[]
}

/** What finds a registration in another process. */
export function keyOf({ typeid, module, owner }: Registration): RegistrationKey {
  return { typeid, module, owner }
}

/** @throws ManagerError `PROTOCOL` for what isn't one */
export function parseLesson(value: unknown): Lesson {
  const { types, modules } = isRecord(value) ? value : {}
  if (Array.isArray(types) && isTexts(modules)) return { types: types.map(parseRegistrationKey), modules }
  throw malformed()
}

function parseRegistrationKey(value: unknown): RegistrationKey {
  const { typeid, module, owner } = isRecord(value) ? value : {}
  if (typeof typeid === 'string' && typeof owner === 'string' && (module === undefined || typeof module === 'string'))
    return { typeid, module, owner }
  throw malformed()
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

function malformed(): ManagerError {
  return new ManagerError('PROTOCOL', 'what the server is to learn is malformed')
}
