import { isOpenName, type Member, type Members, notExposed, property } from '../decorators/member.ts'
import type { AnyClass } from '../decorators/metadata.ts'
import type { ManagerError } from '../errors.ts'
import { membersOf, type Shape } from '../wire/descriptor.ts'

/** What a session's peer has described of one type of its referents, and the class where that is loaded here. */
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

  /** An exposed member, or with `properties: 'own'` any property that may be there. */
  member(name: string): Member | undefined {
    return this.members.get(name) ?? (this.#isOpen(name) ? property : undefined)
  }

  /** Whether the class has a member of this name that isn't exposed. */
  hides(name: string): boolean {
    return (
      !this.members.has(name) && this.prototype !== undefined && name in this.prototype && !(name in Object.prototype)
    )
  }

  notExposed(name: string): ManagerError {
    return notExposed(this.typeid, name, { delivery: 'not-sent' })
  }

  /** Whether `properties: 'own'` may open this name, as far as is known here: the server decides. */
  #isOpen(name: string): boolean {
    return this.shape.properties === 'own' && isOpenName(name) && !(name in (this.prototype ?? Object.prototype))
  }
}
