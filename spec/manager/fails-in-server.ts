import { Exposed, Shared } from 'referent'

// A module that needs what only the program has.
if (process.argv[1]?.includes('server-main') === true) throw new Error('no window to draw on')

@Shared()
export class Drawing {
  @Exposed
  draw(): void {}
}
