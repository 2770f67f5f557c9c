/** A callback that tells when it is called, and answers when it is told to. */
export class Caller {
  /** What to pass. */
  readonly callback: () => Promise<string>
  /** Resolves when it was called: the method that has it runs. */
  readonly called: Promise<void>
  /** Lets it answer. */
  answer: (text: string) => void = () => undefined

  constructor() {
    const answered = new Promise<string>((resolve) => (this.answer = resolve))
    let tell = (): void => undefined
    this.called = new Promise((resolve) => (tell = resolve))
    this.callback = () => {
      tell()
      return answered
    }
  }
}
