import { Exposed, Shared } from 'referent'

/** Refuses to be made. */
@Shared()
export class Picky {
  constructor(reason: string) {
    throw new RangeError(`not with ${reason}`, { cause: new TypeError('the cause') })
  }

  @Exposed
  method(): void {}
}

/** Takes and gives what can and can't cross. */
@Shared()
export class Mirror {
  #setting: unknown = 'unset'

  @Exposed
  echo<T>(value: T): T {
    return value
  }

  @Exposed
  giveFunction(): unknown {
    return { items: [1, { fn: Promise.resolve() }] }
  }

  @Exposed
  repeat(text: string, count: number): string {
    return text.repeat(count)
  }

  @Exposed
  get setting(): unknown {
    return this.#setting
  }

  @Exposed
  set setting(setting: unknown) {
    this.#setting = setting
  }
}

/** Two classes of one name, neither at the top level of its module. */
export function defineInside(): (typeof Mirror)[] {
  @Shared({ typeid: 'Inside' })
  class Inside extends Mirror {}
  return [Inside]
}
