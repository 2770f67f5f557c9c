/** What a server holds at one moment. It names no secret. */
export interface Inspection {
  readonly serverId: string
  readonly pid: number
  readonly referents: readonly {
    readonly id: number
    readonly typeid: string
    /** How many sessions hold it. */
    readonly references: number
    /** Leases of references that travel. */
    readonly pins: number
    /** The name that it was made under by `named`: the first, where a factory gave it under several. */
    readonly name?: string
  }[]
  readonly sessions: readonly { readonly id: string; readonly pid: number }[]
}
