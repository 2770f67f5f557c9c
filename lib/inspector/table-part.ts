/** Which rows of a table are seen, and in which order. */
export interface Part<T> {
  readonly sort: keyof T
  readonly isDescending: boolean
  readonly from: number
  readonly count: number
}

/** More than a screen shows, with room around it. */
const maxCount = 500

/** Those rows that are seen, and how many there are. */
export function partOf<T>(
  all: readonly T[],
  { sort, isDescending, from, count }: Part<T>,
): { readonly rows: readonly T[]; readonly from: number; readonly total: number } {
  const sign = isDescending ? -1 : 1
  const sorted = all.toSorted((one, other) => compared(one[sort], other[sort], sign))
  return { rows: sorted.slice(from, from + Math.min(count, maxCount)), from, total: all.length }
}

/** Those that have nothing there are last, in both directions. */
function compared(one: unknown, other: unknown, sign: number): number {
  if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined)
  if (typeof one === 'number' && typeof other === 'number') return sign * (one - other)
  return typeof one === 'string' && typeof other === 'string' ? sign * collator.compare(one, other) : 0
}

/** So that s2 is before s10. */
const collator = new Intl.Collator('en', { numeric: true })
