import { Exposed, Shared } from 'referent'

export interface PlainRecord {
  readonly id: number
  readonly name: string
  readonly tags: readonly string[]
  readonly score: number
}

/** What the bench calls: methods that do next to nothing, so that what is measured is the way there and back. */
@Shared()
export class Subject {
  #count = 0

  @Exposed
  increment(by: number): number {
    this.#count += by
    return this.#count
  }

  @Exposed
  async incrementLater(by: number): Promise<number> {
    await Promise.resolve()
    return this.increment(by)
  }

  @Exposed
  echoRecords(records: readonly PlainRecord[]): readonly PlainRecord[] {
    return records
  }

  @Exposed
  echoBytes(bytes: Uint8Array): Uint8Array {
    return bytes
  }

  @Exposed
  *count(items: number): Generator<number> {
    for (let item = 0; item < items; item++) yield item
  }
}

export function makeRecords(count: number): PlainRecord[] {
  return Array.from({ length: count }, (_, id) => ({
    id,
    name: `record ${id}`,
    tags: ['one', 'two', 'three'],
    score: id / 7,
  }))
}
