import type { Parcel } from './parcel.ts'
import type { Target } from './target.ts'

/** What a parent tells a child of `Process`, once, over its IPC channel. */
export interface ProcessOrder {
  readonly target: Target
  /** The modules that register classes and transformers of values. */
  readonly modules: readonly string[]
  readonly args: Parcel
}

/** What a child answers where it can't even call the function. */
export interface ProcessRefusal {
  readonly refused: Parcel
}
