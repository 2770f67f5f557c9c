import type { AnyClass } from '../decorators/metadata.ts'
import { ManagerError } from '../errors.ts'
import { withModules } from '../pool/shared-pool.ts'
import type { Registration, Registry } from '../registry.ts'

interface Creating {
  create(typeid: string, ...args: unknown[]): Promise<object>
}

/**
 * Defines a method on `prototype` for each of the classes, which creates an instance of it.
 * @throws ManagerError `UNKNOWN_TYPEID` for a class that isn't registered; TypeError for a name that is taken
 */
export function defineCreators(
  prototype: Creating,
  classes: Readonly<Record<string, AnyClass>>,
  registry: Registry,
): void {
  for (const [name, Class] of Object.entries(classes)) {
    if (name in prototype) {
      throw new TypeError(`a creator can't be called '${name}': every manager has a member of that name`)
    }
    const { typeid } = registrationOf(registry, Class)
    const create = function (this: Creating, ...args: unknown[]): Promise<object> {
      return this.create(typeid, ...withModules(Class, args, create))
    }
    Object.defineProperty(prototype, name, { value: create })
  }
}

/** @throws ManagerError `UNKNOWN_TYPEID`, naming the class and the fix; TypeError for what is no class */
export function registrationOf(registry: Registry, Class: AnyClass): Registration {
  if (typeof Class !== 'function') {
    const given = Class === null ? 'null' : `a value of type ${typeof Class}`
    throw new TypeError(
      `${given} can't be created; give a class that is @Shared(), or the typeid it is registered under`,
    )
  }
  const registration = registry.find(Class)
  if (registration !== undefined) return registration
  const overridden = registry.findOverridden(Class)
  if (overridden !== undefined) {
    throw new ManagerError(
      'UNKNOWN_TYPEID',
      `'${overridden.typeid}', the typeid of the class ${Class.name}, is that of another one in ${registry.owner}; create('${overridden.typeid}') makes that one, and for ${Class.name} register another typeid there`,
    )
  }
  throw new ManagerError(
    'UNKNOWN_TYPEID',
    `the class ${Class.name} is not registered with this manager; decorate it with @Shared(), or use Manager.register`,
  )
}
