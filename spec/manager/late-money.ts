import { registerClass } from 'referent'

export class LateMoney {
  readonly cents = 3
}
registerClass(LateMoney)
