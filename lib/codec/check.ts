import { ManagerError } from '../errors.ts'
import { pid } from '../platform/node.ts'
import { malformed } from '../wire/reader.ts'

/**
 * What every statement about a peer's input goes through.
 * @param what names the malformed part
 * @throws ManagerError `PROTOCOL`
 */
export function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw malformed(what)
}

const here = pid === 0 ? 'this page' : `process ${pid}`

/** The error for a value of a class or transformer that isn't registered here. */
export function unregistered(what: string, fix: string): ManagerError {
  return new ManagerError(
    'UNSERIALIZABLE',
    `a value of the ${what} arrived in ${here}, which doesn't know that: call ${fix} there too, at the top level of a module that is imported there`,
  )
}
