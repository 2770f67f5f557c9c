/** Whether the specs that search at random, or by many rounds, do as much as CI has them do: `FULL=1`. */
export const isFull = process.env['FULL'] === '1'

/** How much such a spec does: as much as finds what is often wrong, or all. */
export function sized(some: number, all: number): number {
  return isFull ? all : some
}
