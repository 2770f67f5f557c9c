import type { Parcel } from '../parcel.ts'
import type { Packed } from './packed.ts'
import type { Target } from '../target.ts'

/** What a pool calls once in each of its workers, before any task. */
export interface Initializer {
  readonly target: Target
  readonly args: Parcel
}

/** What a pool tells a worker over its IPC channel: `begin` first, then one `run` after the other. */
export type PoolMessage =
  | { readonly kind: 'begin'; readonly initializer: Initializer | undefined }
  | {
      readonly kind: 'run'
      /** The number of the function. */
      readonly fn: number
      /** Where the function is, the first time that this worker is to run it. */
      readonly target: Target | undefined
      /** The arguments of each call. */
      readonly calls: readonly Packed[]
    }

/** What a worker answers: `ready` or `refused` to `begin`, `ran` to `run`. */
export type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly error: Parcel }
  /** One answer for each call, in their order. */
  | { readonly kind: 'ran'; readonly answers: readonly Answer[] }

/** What a call has returned, or thrown. */
export type Answer = Packed | { readonly error: Parcel }
