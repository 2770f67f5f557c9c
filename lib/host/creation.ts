import type { HostedType } from './hosted-type.ts'

/**
 * An object that was made to be hosted, on its way to the client that asked for it: the reference made there hosts
 * it. If that is never made, the object is nobody's.
 */
export class Creation {
  readonly instance: object
  readonly type: HostedType

  /** Whether nothing else has it: then its host disposes of it with its last reference. */
  readonly isNew: boolean

  constructor(instance: object, type: HostedType, isNew: boolean) {
    this.instance = instance
    this.type = type
    this.isNew = isNew
  }
}
