import { askByName, isProperty } from '../proxy/by-name.ts'
import type { CallOptions } from '../session/wait.ts'
import { type Asked } from './access.ts'
import { argumentsOf } from './arguments.ts'
import { UsageError } from './exit-codes.ts'

/**
 * Calls a method, or reads a property, by its name. Of what gives a stream it is that: nothing is read of it yet.
 * @throws (as a rejection) what a call rejects with; UsageError for arguments that aren't JSON, or are a property's
 */
export async function request({ proxy, member, args }: Asked, options: CallOptions): Promise<unknown> {
  const values = argumentsOf(args)
  if (values.length > 0 && isProperty(proxy, member))
    throw new UsageError(`${member} is a property, which takes no arguments`)
  return askByName(proxy, member, values, options)
}
