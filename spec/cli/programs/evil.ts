import { Exposed, Shared } from 'referent'

/** Its typeid is hostile to terminals, and to what reads lines and quotation marks. */
@Shared({ typeid: '\u001b[31m"red"\\\n# TYPE referent_up counter\r\u202e{}\ud800' })
export class Evil {
  @Exposed
  nothing(): void {}
}
