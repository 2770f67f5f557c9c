import { ManagerError } from '../errors.ts'
import { isSameModule } from '../call-site.ts'

/** What stands behind a typeid. */
export interface TypeidClaim {
  readonly target: (abstract new (...args: never[]) => object) | ((...args: never[]) => unknown)
  readonly module: string | undefined
}

/**
 * Checks that `claim` may take a typeid that `earlier` holds: it may where it is the same definition, evaluated again.
 *
 * @throws ManagerError `DUPLICATE_TYPEID`, naming both files and `fix`
 */
export function assertUnclaimed(
  typeid: string,
  earlier: TypeidClaim | undefined,
  claim: TypeidClaim,
  fix: string,
): void {
  if (earlier === undefined || isSameDefinition(earlier, claim)) return
  const claims = `${describe(earlier)} and ${describe(claim)}`
  throw new ManagerError('DUPLICATE_TYPEID', `the typeid ${typeid} is claimed by ${claims}; ${fix}`)
}

function isSameDefinition(one: TypeidClaim, other: TypeidClaim): boolean {
  if (one.target === other.target) return true
  if (!isSameModule(one.module, other.module)) return false
  // One file under two URLs is a fresh load of it, as hot reloading does: then the text may have been edited.
  return one.module !== other.module || sourceOf(one.target) === sourceOf(other.target)
}

function sourceOf(target: TypeidClaim['target']): string {
  return Function.prototype.toString.call(target)
}

function describe({ target, module }: TypeidClaim): string {
  return `${target.name || 'an anonymous function'} in ${module ?? 'an unknown file'}`
}
