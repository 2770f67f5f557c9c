import { Exposed, Shared } from 'referent'

const living = new Set<WeakRef<CountedItem>>()
const collected = new FinalizationRegistry<WeakRef<CountedItem>>((item) => living.delete(item))

/** Is passed around by the clients of a run. */
@Shared()
export class CountedItem {
  readonly #label: string

  constructor(label = '') {
    this.#label = label
    const item = new WeakRef(this)
    living.add(item)
    collected.register(this, item)
  }

  @Exposed
  get label(): string {
    return this.#label
  }

  @Exposed
  touch(): void {}

  @Exposed
  another(label: string): CountedItem {
    return new CountedItem(label)
  }
}

/** Knows how many items there are in its process, held by whomever. */
@Shared()
export class Census {
  @Exposed
  count(): number {
    return living.size
  }
}
