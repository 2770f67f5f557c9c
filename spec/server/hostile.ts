import { currentCall, Exposed, Shared } from 'referent'

/** Has a field that nobody may see. */
@Shared()
export class Vault {
  password = 'hunter2'

  @Exposed
  isClosed(): boolean {
    return true
  }
}

/** Takes and gives what peers send and ask for. */
@Shared({ properties: 'own', snapshot: true })
export class Target {
  static aborted = 0
  static made = 0

  @Exposed
  wait(): Promise<never> {
    currentCall()?.signal.addEventListener('abort', () => Target.aborted++)
    return new Promise(() => undefined)
  }

  /** Whether the call was aborted soon. */
  @Exposed
  async linger(): Promise<boolean | undefined> {
    const signal = currentCall()?.signal
    await new Promise((resolve) => setTimeout(resolve, 20))
    return signal?.aborted
  }

  @Exposed
  take(value: unknown): string {
    return typeof value
  }

  @Exposed
  see({ password }: { readonly password?: string; readonly signal?: AbortSignal }): string {
    return String(password)
  }

  @Exposed
  async *texts(): AsyncGenerator<string> {
    for (;;) {
      Target.made++
      yield 'x'.repeat(100_000)
    }
  }
}
