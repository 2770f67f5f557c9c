import { Exposed, Shared } from 'referent'

/** Has of every kind of member one, and keeps its state where only its own class reaches it. */
@Shared({ snapshot: true })
export class Account {
  readonly owner: string
  readonly opened: { readonly year: number }
  readonly _pin = '0000'
  #balance: number
  #limit = 0

  constructor(owner: string, balance = 0) {
    this.owner = owner
    this.opened = { year: 2024 }
    this.#balance = balance
  }

  @Exposed
  deposit(amount: number): number {
    return (this.#balance += amount)
  }

  /** Reaches into the other one, as only the referent itself allows. */
  @Exposed
  transfer(to: Account, amount: number): void {
    this.#balance -= amount
    to.#balance += amount
  }

  /** Adds up accounts wherever they are. */
  @Exposed
  total(accounts: ReadonlyMap<string, readonly Account[]>): number {
    return [...accounts.values()].flat().reduce((sum, account) => sum + account.#balance, this.#balance)
  }

  @Exposed
  self(): this {
    return this
  }

  @Exposed
  isSelf(other: unknown): boolean {
    return other === this
  }

  @Exposed
  openAnother(owner: string): Account {
    return new Account(owner)
  }

  @Exposed
  async openMany(owners: string[]): Promise<{ accounts: Account[]; first?: Account }> {
    const accounts = owners.map((owner) => new Account(owner))
    return { accounts, ...(accounts[0] === undefined ? {} : { first: accounts[0] }) }
  }

  @Exposed
  get balance(): number {
    return this.#balance
  }

  @Exposed
  get limit(): number {
    return this.#limit
  }

  @Exposed
  set limit(limit: number) {
    if (limit < 0) throw new RangeError(`a limit of ${limit}`)
    this.#limit = limit
  }

  @Exposed
  accessor label = 'unlabelled'

  audit(): string {
    return this.owner
  }
}

/** Keeps its state to itself, as it says nothing of it. */
@Shared()
export class Vault {
  readonly content = 'gold'
  // Private for TypeScript, and a property like every other for who copies them.
  private readonly pin = '0000'

  @Exposed
  touch(): number {
    return this.pin.length
  }
}

/** Shows a part of its state. */
@Shared({ snapshot: ['name', 'total', 'missing'] })
export class Showcase {
  readonly name = 'jewels'
  readonly code = '1234'
  readonly #values = [1, 2]

  @Exposed
  touch(): string {
    return this.code
  }

  get total(): number {
    return this.#values.length
  }
}
