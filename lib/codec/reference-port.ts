/** What a reference is on the wire: a small JSON object. Only the two sides of a session read it. */
export type ReferenceDescriptor = Readonly<Record<string, unknown>>

/**
 * How a codec meets values that cross by reference, without knowing what they are. A client's side and a
 * server's side implement it.
 */
export interface ReferencePort {
  /** Whether `value` crosses by reference here. Reads nothing of it but its identity and class; takes nothing. */
  accepts(value: object): boolean
  /** Counts a reference to `value`, which `accepts` took, and describes it. Called once per object and message, after the whole value was found able to cross. */
  export(value: object): ReferenceDescriptor
  /**
   * The live value for the descriptor, counted once.
   * @throws ManagerError `BAD_REFERENCE` for a descriptor of the wrong form, `REFERENT_GONE` for one that leads nowhere
   */
  import(descriptor: ReferenceDescriptor): unknown
}
