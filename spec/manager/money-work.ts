// Knows the classes by their methods only: a process that runs these has to import them by itself.

interface Addable {
  plus(other: Addable): unknown
}

export function twice(money: Addable): unknown {
  return money.plus(money)
}

export function countryOf(iban: { readonly country: string }): string {
  return iban.country
}

export function fail(error: unknown): never {
  throw error
}

export function mustAdd(money: Addable): void {
  if (typeof money.plus !== 'function') throw new TypeError('it has no methods')
}
