import { currentCall, Exposed, Shared } from 'referent'

/** A place for whatever is put into it by name, which lists what there is. */
@Shared({ properties: 'own', snapshot: true, iterator: 'entries' })
export class Drawer {
  /** Begins with `_`, and so stays inside. */
  _key = 'hidden';
  [name: string]: unknown

  constructor(content: Readonly<Record<string, unknown>> = {}) {
    Object.assign(this, content)
  }

  @Exposed
  *entries(): Generator<[string, unknown], void, undefined> {
    for (const name of Object.keys(this)) if (name !== '_key') yield [name, this[name]]
  }

  /** Ends by the signal that it is given. */
  @Exposed
  async *ticks(_options: { readonly signal?: AbortSignal }): AsyncGenerator<number, void, undefined> {
    const isOver = (): boolean => currentCall()?.signal.aborted !== false
    try {
      for (let tick = 0; !isOver(); tick++) {
        yield tick
        await new Promise(setImmediate)
      }
    } finally {
      this['ended'] = true
    }
  }

  *[Symbol.iterator](): Generator<[string, unknown], void, undefined> {
    yield* this.entries()
  }

  hidden(): string {
    return 'hidden'
  }
}
