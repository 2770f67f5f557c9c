import { Exposed } from '../../lib/decorators/exposed.ts'

// As JavaScript sees it: the types refuse some of what must also be refused at run time.
const Untyped = Exposed as unknown as (...args: unknown[]) => void
const UntypedWith = Exposed as unknown as (options: unknown) => (...args: unknown[]) => void

// A computed name, which a compiler doesn't take for the constructor itself.
const name = (text: string): string => text

/** Which kind of decorators this file was compiled with: a standard one is given a context. */
export const isStandard: boolean = (() => {
  let standard = false
  class Probe {
    @((_: unknown, context: unknown) => void (standard = typeof context === 'object'))
    method(): void {}
  }
  return Probe.length === 0 && standard
})()

/** What can't be exposed, and how the refusal reads. */
export const refused: Readonly<Record<string, { readonly message: RegExp; readonly evaluate: () => unknown }>> = {
  'a method named then': {
    message: /then can't be exposed: await/,
    evaluate: () => {
      class Refused {
        @Exposed
        // oxlint-disable-next-line unicorn/no-thenable -- @Exposed must refuse a method of this name, so the spec needs a class that has one
        then(): void {}
      }
      return Refused
    },
  },
  'a method named toJSON': {
    message: /toJSON can't be exposed/,
    evaluate: () => {
      class Refused {
        @Exposed
        toJSON(): void {}
      }
      return Refused
    },
  },
  'a method named prototype': {
    message: /prototype can't be exposed/,
    evaluate: () => {
      class Refused {
        @Exposed
        prototype(): void {}
      }
      return Refused
    },
  },
  'a method named constructor': {
    message: /constructor can't be exposed/,
    evaluate: () => {
      class Refused {
        @Exposed
        [name('constructor')](): void {}
      }
      return Refused
    },
  },
  'a method named __proto__': {
    message: /__proto__ can't be exposed/,
    evaluate: () => {
      class Refused {
        @Exposed
        [name('__proto__')](): void {}
      }
      return Refused
    },
  },
  'a symbol': {
    message: /Symbol\(Symbol.iterator\) can't be exposed/,
    evaluate: () => {
      class Refused {
        @Untyped
        [Symbol.iterator](): void {}
      }
      return Refused
    },
  },
  'a field': {
    message: /size can't be exposed: it is a field/,
    evaluate: () => {
      class Refused {
        @Untyped
        size = 1
      }
      return Refused
    },
  },
  'a static method': {
    message: /make can't be exposed: it is static/,
    evaluate: () => {
      class Refused {
        @Untyped
        static make(): void {}

        method(): void {}
      }
      return Refused
    },
  },
  'a static accessor': {
    message: /made can't be exposed: it is static/,
    evaluate: () => {
      class Refused {
        @Untyped
        static get made(): number {
          return 1
        }

        method(): void {}
      }
      return Refused
    },
  },
  'a schema on a getter': {
    message: /args \}\) is for methods/,
    evaluate: () => {
      class Refused {
        @UntypedWith({ args: { '~standard': { version: 1, vendor: 'spec', validate: () => ({ issues: [] }) } } })
        get size(): number {
          return 1
        }
      }
      return Refused
    },
  },
  'what is no schema': {
    message: /@Exposed: args is an array; it must be a Standard Schema of the list of arguments/,
    evaluate: () => {
      class Refused {
        @UntypedWith({ args: [] })
        method(): void {}
      }
      return Refused
    },
  },
  'a class': {
    message: /@Exposed belongs on the members/,
    evaluate: () => {
      @Untyped
      class Refused {
        method(): void {}
      }
      return Refused
    },
  },
}
