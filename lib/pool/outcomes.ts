/** How some calls ended: what each has returned, and why those failed that did, by their places. */
export interface Outcomes {
  /** Undefined at the places of errors. */
  readonly values: readonly unknown[]
  readonly errors: ReadonlyMap<number, unknown>
}

const none: ReadonlyMap<number, unknown> = new Map()

export function fulfilled(values: readonly unknown[]): Outcomes {
  return { values, errors: none }
}

/** @throws why that call failed, if it did */
export function valueAt({ values, errors }: Outcomes, place: number): unknown {
  if (errors.has(place)) throw errors.get(place)
  return values[place]
}

/** @throws why the first call failed of those that did */
export function valuesOf({ values, errors }: Outcomes): readonly unknown[] {
  if (errors.size > 0) throw errors.get(Math.min(...errors.keys()))
  return values
}

/** Each of them, with its index. */
export function* settled(
  { values, errors }: Outcomes,
  start = 0,
): Generator<PromiseSettledResult<unknown> & { index: number }> {
  for (const [place, value] of values.entries())
    yield errors.has(place)
      ? { status: 'rejected', reason: errors.get(place), index: start + place }
      : { status: 'fulfilled', value, index: start + place }
}
