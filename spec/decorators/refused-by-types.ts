import type { StandardSchema } from '../../lib/decorators/arguments-schema.ts'
import { Exposed } from '../../lib/decorators/exposed.ts'
import { Shared } from '../../lib/decorators/shared.ts'

declare const oneText: StandardSchema<[string]>
declare const textAndMore: StandardSchema<[string, number | undefined]>
declare const coerced: StandardSchema<[unknown, ...string[][]], [Date, ...string[][]]>
declare const parsed: StandardSchema<[string], [Date]>
declare const oneValue: StandardSchema<string>

/** What doesn't compile, with either kind of decorator. Never called: the type checker is what runs this. */
export function refusedByTypes(): void {
  class Members {
    // @ts-expect-error -- a field
    @Exposed
    field = 1

    // @ts-expect-error -- a field, with options
    @Exposed({})
    optional?: string;

    // @ts-expect-error -- a symbol
    @Exposed
    [Symbol.iterator](): void {}
  }

  // @ts-expect-error -- a class
  @Exposed
  class Misplaced {
    readonly field = 1
  }

  // @ts-expect-error -- without parentheses
  @Shared
  class Bare {
    readonly field = 1
  }

  // @ts-expect-error -- an abstract class, which nothing can create
  @Shared()
  abstract class Abstract {
    readonly field = 1
  }

  // @ts-expect-error -- an option of another kind
  @Shared({ typeid: 1 })
  class Mistyped {
    readonly field = 1
  }

  class Checked {
    @Exposed({ args: oneText })
    takes(text: string): string {
      return text
    }

    @Exposed({ args: textAndMore })
    takesLess(text: string, times?: number): string {
      return text.repeat(times ?? 1)
    }

    @Exposed({ args: coerced, readonly: true })
    takesMore(time: Date, ...lists: readonly string[][]): number {
      return time.getTime() + lists.length
    }

    // @ts-expect-error -- what the schema makes isn't what the method takes
    @Exposed({ args: oneText })
    takesNumber(times: number): number {
      return times
    }

    // @ts-expect-error -- the schema makes too few arguments
    @Exposed({ args: oneText })
    takesTwo(text: string, times: number): string {
      return text.repeat(times)
    }

    // @ts-expect-error -- callers pass fewer than the schema asks for
    @Exposed({ args: textAndMore })
    takesOne(text: string): string {
      return text
    }

    // @ts-expect-error -- callers pass a date, and the schema takes a text to make one of
    @Exposed({ args: parsed })
    takesDate(time: Date): number {
      return time.getTime()
    }

    // @ts-expect-error -- a schema of one value, not of a list
    @Exposed({ args: oneValue })
    takesValue(text: string): string {
      return text
    }

    // @ts-expect-error -- a property has no arguments
    @Exposed({ args: oneText })
    get size(): number {
      return 1
    }
  }

  @Shared({ args: oneText })
  class Made {
    readonly text: string
    constructor(text: string) {
      this.text = text
    }
  }

  // @ts-expect-error -- what the schema makes isn't what the constructor takes
  @Shared({ args: oneText })
  class MadeOfNumber {
    readonly size: number
    constructor(size: number) {
      this.size = size
    }
  }

  // @ts-expect-error -- whoever creates it passes a date, and the schema takes a text to make one of
  @Shared({ args: parsed })
  class MadeOfDate {
    readonly time: Date
    constructor(time: Date) {
      this.time = time
    }
  }

  void [Checked, Made, MadeOfNumber, MadeOfDate]
  void [Members, Misplaced, Bare, Abstract, Mistyped]
}
