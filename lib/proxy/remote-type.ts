import { isOpenName, type Member, type Members, notExposed, property } from '../decorators/member.ts'
import type { AnyClass } from '../decorators/metadata.ts'
import type { ManagerError } from '../errors.ts'
import { notAmong, type Rights } from '../wire/caveats.ts'
import { membersOf, type Shape } from '../wire/descriptor.ts'

/** What a session's peer has described of one type of its referents, and the class where that is loaded here. */
export class RemoteType {
  readonly shape: Shape
  readonly members: Members
  /** The class of the referent, where it is loaded in this process. */
  readonly Class: AnyClass | undefined
  /** Where its referents were narrowed. */
  readonly #rights: Rights | undefined

  constructor(shape: Shape, Class: AnyClass | undefined, rights?: Rights) {
    const members = membersOf(shape)
    this.shape = shape
    this.members = rights === undefined ? members : new Map([...members].filter(([name]) => rights.allows(name)))
    this.Class = Class
    this.#rights = rights
  }

  /** The type of what is left of its referents. */
  narrowed(rights: Rights): RemoteType {
    return new RemoteType(this.shape, this.Class, rights)
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
    const options = { delivery: 'not-sent' } as const
    return (this.#allows(name) ? notExposed : notAmong)(this.typeid, name, options)
  }

  /** Whether `properties: 'own'` may open this name, as far as is known here: the server decides. */
  #isOpen(name: string): boolean {
    const isOpen = this.shape.properties === 'own' && isOpenName(name)
    return isOpen && this.#allows(name) && !(name in (this.prototype ?? Object.prototype))
  }

  #allows(name: string): boolean {
    return this.#rights?.allows(name) !== false
  }
}
