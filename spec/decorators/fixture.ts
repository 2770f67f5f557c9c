import { Exposed } from '../../lib/decorators/exposed.ts'
import { Shared } from '../../lib/decorators/shared.ts'

// One source for every kind of decorator: nothing here is a matter of the mode.

export class Base {
  @Exposed
  inherited(): string {
    return 'inherited'
  }

  @Exposed
  overridden(): string {
    return 'base'
  }

  @Exposed
  list(): Iterable<number> {
    return [1]
  }
}

@Shared({ snapshot: ['last'] })
export class Sample extends Base {
  last = ''

  override overridden(): string {
    return 'sample'
  }

  override *list(): Generator<number> {
    yield 1
  }

  @Exposed
  method(suffix = ''): string {
    return this.last + suffix
  }

  @Exposed({})
  withOptions(options: { readonly loud: boolean }, ...rest: number[]): string {
    return `${options.loud} ${rest.length}`
  }

  @Exposed
  get reading(): string {
    throw new Error('the getter was run')
  }

  @Exposed
  set writing(value: string) {
    this.last = value
  }

  @Exposed
  accessor both = 1;

  @Exposed
  *generator(): Generator<number> {
    yield 1
  }

  @Exposed
  async *asyncGenerator(): AsyncGenerator<number> {
    yield await Promise.resolve(1)
  }

  hidden(): string {
    return 'hidden'
  }
}

export class Undecorated extends Sample {}

@Shared({ typeid: 'fixture.Renamed' })
export class Named extends Sample {
  @Exposed
  own(): void {}
}

export const module: string = import.meta.url
