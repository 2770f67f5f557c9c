/** Is closed until it is opened. */
export class Gate {
  readonly opened: Promise<void>
  /** Opens it. */
  open: () => void = () => undefined

  constructor() {
    this.opened = new Promise((resolve) => (this.open = resolve))
  }
}
