import { isOpenName, type Member, type Members, property } from '../decorators/member.ts'
import type { AnyClass } from '../decorators/metadata.ts'
import { ManagerError } from '../errors.ts'
import { membersOf, type Shape } from '../wire/descriptor.ts'

/** What a client knows of one type: its exposed members, and its class where that is loaded in this process. */
export class RemoteType {
  readonly shape: Shape
  readonly members: Members
  /** The class of the referent, where it is loaded in this process. */
  readonly Class: AnyClass | undefined

  constructor(shape: Shape, Class: AnyClass | undefined) {
    this.shape = shape
    this.members = membersOf(shape)
    this.Class = Class
  }

  get typeid(): string {
    return this.shape.typeid
  }

  /** What proxies of this type inherit from, for `instanceof`. */
  get prototype(): object | undefined {
    return this.Class?.prototype as object | undefined
  }

  /** An exposed member, or a property that may be there beside them. */
  member(name: string): Member | undefined {
    return this.members.get(name) ?? (this.#isOpen(name) ? property : undefined)
  }

  /** A method that the class has and remote calls may not reach. */
  hides(name: string): boolean {
    return (
      !this.members.has(name) && this.prototype !== undefined && name in this.prototype && !(name in Object.prototype)
    )
  }

  notExposed(name: string): ManagerError {
    return new ManagerError(
      'NOT_EXPOSED',
      `${this.typeid}.${name} is not exposed; add @Exposed to allow remote calls`,
      { delivery: 'not-sent' },
    )
  }

  /** Whether a name may be that of a property beside the members. The server knows; what every object has, it isn't. */
  #isOpen(name: string): boolean {
    return this.shape.properties === 'own' && isOpenName(name) && !(name in (this.prototype ?? Object.prototype))
  }
}
