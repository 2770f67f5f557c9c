const refusals: ReadonlyMap<string, string> = new Map([
  ['constructor', 'it is the class, not a member'],
  ['then', 'await would take the proxy for a promise'],
  ['toJSON', "JSON.stringify of a proxy gives the proxy's reference"],
  ['__proto__', 'it leads to the prototype'],
  ['prototype', 'it leads to the prototype'],
])

/** Why a member of this name can't be exposed, or undefined when it can. */
export function refusalOf(name: string | symbol): string | undefined {
  return typeof name === 'symbol' ? 'a symbol has no name that another process knows' : refusals.get(name)
}

/** @throws TypeError naming the member and why remote calls may never reach it */
export function assertExposable(name: string | symbol, owner?: string): asserts name is string {
  const refusal = refusalOf(name)
  if (refusal !== undefined) throw notExposable(name, refusal, owner)
}

/** The error for a member that can't be exposed. A standard decorator doesn't know the class it is in: no `owner` then. */
export function notExposable(name: string | symbol, reason: string, owner?: string): TypeError {
  const member = owner === undefined ? String(name) : `${owner}.${String(name)}`
  return new TypeError(`${member} can't be exposed: ${reason}`)
}
