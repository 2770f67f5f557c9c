import { registerClass, registerCustom } from 'referent'

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

export class OverdrawnError extends Error {
  readonly missing: number
  constructor(missing: number) {
    super(`${missing} short`)
    this.missing = missing
  }
}
registerClass(OverdrawnError)

/** What crosses as a text. */
export class Iban {
  readonly #text: string
  constructor(text: string) {
    this.#text = text
  }
  get country(): string {
    return this.#text.slice(0, 2)
  }
  static textOf(iban: Iban): string {
    return iban.#text
  }
}
registerCustom<Iban, string>({
  name: 'Iban',
  isApplicable: (value): value is Iban => value instanceof Iban,
  serialize: (iban) => Iban.textOf(iban),
  deserialize: (text) => new Iban(text),
})
