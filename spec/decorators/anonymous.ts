import { Exposed } from '../../lib/decorators/exposed.ts'
import { Shared } from '../../lib/decorators/shared.ts'

@Shared()
// oxlint-disable-next-line import/no-default-export -- @Shared() must work on a class without a name, and only as a default export can a declaration go without one
export default class {
  @Exposed
  method(): void {}
}
