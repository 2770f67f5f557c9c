import type { Slot } from '../node.ts'
import type { Place, Step } from './place.ts'

/** What the description of one value asks of the walk through all of them. */
export interface Walk {
  /** Whether of the stack of an error only the first line crosses. */
  readonly hidesStacks: boolean
  /** What stands for `value`, a part of what is at `place`, in a node. An object is queued when first met. */
  slotOf(value: unknown, place: Place, step: Step): Slot
  /** Whether `value` crosses by reference. */
  accepts(value: object): boolean
  /** Each of these keeps what it is given and tells its index. */
  leaf(value: unknown): number
  attachment(bytes: Uint8Array): number
  reference(value: object, place: Place): number
  /** Why a receiver would take no more such regular expressions, if so. */
  excessOf(expression: RegExp): string | undefined
  /** @throws ManagerError `UNSERIALIZABLE` when the message would hold more holes than a receiver accepts */
  addHoles(count: number, place: Place): void
  /** As `addHoles`, for names of fields. */
  addNames(count: number, place: Place): void
}
