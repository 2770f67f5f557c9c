/**
 * Does something for each item, whatever comes of the others. Only the first error has a stack: with many of them, as a peer
 * may cause, stacks take longer than all else.
 * @returns what was first thrown, and `undefined` in the places of what failed
 */
export function each<T, R>(
  items: readonly T[],
  act: (item: T) => R,
): { readonly results: readonly (R | undefined)[]; readonly failure?: { readonly reason: unknown } } {
  const { stackTraceLimit } = Error
  let failure: { readonly reason: unknown } | undefined
  const results = items.map((item) => {
    try {
      return act(item)
    } catch (reason) {
      failure ??= { reason }
      // Where it can't be set, it only takes longer.
      Reflect.set(Error, 'stackTraceLimit', 0)
      return undefined
    }
  })
  if (failure === undefined) return { results }
  Reflect.set(Error, 'stackTraceLimit', stackTraceLimit)
  return { results, failure }
}
