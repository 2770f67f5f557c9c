import type { Readable } from './decoder.ts'
import type { Encoder } from './encoder.ts'
import type { Path } from './path.ts'

/** One kind of object: how it is told from others, refused, written and read. */
export interface Kind extends Readable {
  /** The byte that its objects start with. */
  readonly tag: number
  /** Built-in prototypes whose objects are of this kind. */
  readonly prototypes?: readonly object[]
  /**
   * Writes `value`: what an empty one is made of to `encoder.head`, then what it holds to `encoder.body`.
   * @returns false where it is of another kind, with nothing written. A prototype proves nothing, as a `Proxy` can show any:
   * so look at the internal slots first, which no `Proxy` has
   * @throws ManagerError `UNSERIALIZABLE` for what can't cross
   */
  write(value: object, encoder: Encoder, path: Path): boolean
}

/** Whether a look at the internal slots of an object, such as `Map.prototype.has.call(value)`, finds them. */
export function hasSlots(look: () => unknown): boolean {
  try {
    look()
    return true
  } catch {
    return false
  }
}
