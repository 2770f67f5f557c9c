import { registerClass, type RemoteArg, type RemoteValue } from 'referent'

export class Money {
  readonly cents: number

  constructor(cents: number) {
    this.cents = cents
  }

  plus(other: Money): Money {
    return new Money(this.cents + other.cents)
  }
}
registerClass(Money)

declare module 'referent' {
  interface CopiedClasses {
    Money: Money
  }
}

/** Compiles only where money arrives as money, with methods that answer at once. */
export function sum(amounts: RemoteValue<Money[]>): RemoteArg<Money> {
  return amounts.reduce((total, amount) => total.plus(amount), new Money(0))
}
