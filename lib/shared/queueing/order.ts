/** Where things wait, which gives them one by one, in an order of its own. */
export interface Order<E extends object> {
  readonly size: number
  /** What `take` would give. */
  readonly first: E | undefined
  add(element: E): void
  take(): E | undefined
  clear(): void
}

/** Whether the one comes out before the other. */
export type Precedes<E> = (one: E, other: E) => boolean
