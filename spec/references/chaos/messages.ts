import type { Reference } from 'referent'
import type { Operation } from './operations.ts'

/** How long a reference that a client passes on keeps its referent alive. */
export const leaseMs = 2000

/** What a run tells a client. */
export type Order =
  | {
      readonly kind: 'begin'
      readonly seed: number
      readonly address: string
      /** In hexadecimal digits; a client without it has nothing but references. */
      readonly authkey: string | undefined
      readonly shelf: Reference
      readonly maker: Reference
    }
  /** Do one thing after the other. */
  | { readonly kind: 'run' }
  /** Do this one thing; the seed says with what. */
  | { readonly kind: 'step'; readonly operation: Operation; readonly seed: number }
  /** A reference that another client passes on. */
  | { readonly kind: 'take'; readonly passed: Passed }
  /** Begin nothing more. */
  | { readonly kind: 'stop' }
  /** Say what you hold. */
  | { readonly kind: 'tell' }
  /** Say what it is that you hold. */
  | { readonly kind: 'label' }
  /** Call all that you hold. */
  | { readonly kind: 'call all' }

export interface Passed {
  readonly reference: Reference
  readonly atMs: number
}

/** What a client tells the run. */
export type Report =
  | { readonly kind: 'listens' }
  | { readonly kind: 'ready' }
  /** One operation is over. */
  | { readonly kind: 'done' }
  | { readonly kind: 'pass'; readonly passed: Passed }
  | { readonly kind: 'stepped' }
  | { readonly kind: 'taken' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'holds'; readonly ids: readonly number[] }
  | { readonly kind: 'labels'; readonly labels: readonly string[] }
  | { readonly kind: 'called all' }
  /** What must not happen has happened. */
  | { readonly kind: 'failed'; readonly what: string }
