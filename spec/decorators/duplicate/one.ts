import { Exposed } from '../../../lib/decorators/exposed.ts'
import { Shared } from '../../../lib/decorators/shared.ts'

@Shared({ typeid: 'fixture.Duplicate' })
export class Duplicate {
  @Exposed
  method(): void {}
}
