/** What a client is told when it starts, as its only argument. */
export interface SoakOrder {
  readonly client: number
  readonly seed: number
  readonly address: string
  /** In hexadecimal digits. */
  readonly authkey: string
  readonly journal: string
}

/** What a client says of its own accord. */
export type SoakReport =
  | { readonly kind: 'calls' }
  /** What must not happen has happened. */
  | { readonly kind: 'failed'; readonly what: string }
