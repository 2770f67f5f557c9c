import { callMethod, isProxy, withOptions } from '../proxy/operations.ts'
import { proxyStateOf } from '../proxy/proxy.ts'
import type { CallOptions } from '../session/wait.ts'
import { type Asked } from './access.ts'
import { UsageError } from './exit-codes.ts'
import { argumentsOf } from './plain.ts'

/**
 * Calls a method, or reads a property, by its name. Of what gives a stream it is that: nothing is read of it yet.
 * @throws (as a rejection) what a call rejects with; UsageError for arguments that aren't JSON, or are a property's
 */
export async function request({ proxy, member, args }: Asked, options: CallOptions): Promise<unknown> {
  const values = argumentsOf(args)
  const bounded = withOptions(proxy as never, options) as object
  switch (proxyStateOf(bounded)?.entry.type.member(member)?.kind) {
    case 'get':
    case 'get set':
      if (values.length > 0) throw new UsageError(`${member} is a property, which takes no arguments`)
      return Reflect.get(bounded, member)
    case 'generator':
      return Reflect.apply(Reflect.get(bounded, member) as () => unknown, bounded, values)
    default:
      return callMethod(bounded, member, values)
  }
}

export function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && !isProxy(value) && Symbol.asyncIterator in value
}
