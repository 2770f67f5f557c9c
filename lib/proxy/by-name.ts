import type { CallOptions } from '../session/wait.ts'
import { callMethod, isProxy, withOptions } from './operations.ts'
import { proxyStateOf } from './proxy.ts'

/** Whether that member of the proxy's referent is a property. */
export function isProperty(proxy: object, member: string): boolean {
  const kind = kindOf(proxy, member)
  return kind === 'get' || kind === 'get set'
}

/**
 * Calls a method, or reads a property, by its name. Of what gives a stream it is that: nothing is read of it yet.
 * @throws (as a rejection) what a call rejects with
 */
export async function askByName(
  proxy: object,
  member: string,
  args: readonly unknown[],
  options: CallOptions,
): Promise<unknown> {
  const bounded = withOptions(proxy as never, options) as object
  if (isProperty(bounded, member)) return Reflect.get(bounded, member)
  if (kindOf(bounded, member) === 'generator')
    return Reflect.apply(Reflect.get(bounded, member) as () => unknown, bounded, args)
  return callMethod(bounded, member, args)
}

export function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && !isProxy(value) && Symbol.asyncIterator in value
}

function kindOf(proxy: object, member: string): string | undefined {
  return proxyStateOf(proxy)?.entry.type.member(member)?.kind
}
