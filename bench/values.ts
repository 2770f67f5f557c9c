export interface PlainRecord {
  readonly id: number
  readonly name: string
  readonly tags: readonly string[]
  readonly score: number
}

/** What is sent there and back; `bench/peers/python_manager.py` makes the same for Python. */
export const values = {
  plain: () =>
    thousand((id): PlainRecord => ({ id, name: `record ${id}`, tags: ['one', 'two', 'three'], score: id / 7 })),
  rich: () =>
    thousand((id) => ({
      id,
      at: new Date(1_700_000_000_000 + id),
      tags: new Set(['one', 'two', 'three']),
      scores: new Map([
        ['first', id / 7],
        ['second', id / 3],
      ]),
      total: 10n ** 20n + BigInt(id),
    })),
  bytes: () => new Uint8Array(1024 * 1024).fill(7),
  numbers: () => Array.from({ length: 100_000 }, (_, index) => index / 7),
}

export type ValueName = keyof typeof values

function thousand<T>(make: (id: number) => T): T[] {
  return Array.from({ length: 1000 }, (_, id) => make(id))
}
