import { Exposed } from '../../lib/decorators/exposed.ts'
import { Shared } from '../../lib/decorators/shared.ts'

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

  void [Members, Misplaced, Bare, Abstract, Mistyped]
}
