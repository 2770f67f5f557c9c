import { isManagerError } from '../errors.ts'
import { exitCodeOf, exitCodeOfSignal, exitCodes } from './exit-codes.ts'
import { jsonLine, Output, printable } from './output.ts'
import { plain } from '../proxy/plain.ts'

export interface ConsoleOptions {
  /** Whether the command goes on when nobody reads what it prints. */
  readonly outlivesReaders?: boolean
}

/** Where a command prints, and what ends it from outside. */
export class Console {
  readonly out: Output
  readonly errors: Output
  readonly #interrupted = new AbortController()
  #exitCode: number | undefined

  constructor(options: ConsoleOptions = {}) {
    const { outlivesReaders = false } = options
    this.out = new Output(process.stdout, this.signal, () => {
      if (!outlivesReaders && !this.signal.aborted) this.#interrupt(exitCodes.done)
    })
    this.errors = new Output(process.stderr, this.signal, () => undefined)
  }

  /** Aborts when a signal ends the command, or nobody reads what it prints. */
  get signal(): AbortSignal {
    return this.#interrupted.signal
  }

  /** Runs a command, which may tell its exit code, and returns that. */
  async run(command: () => Promise<number | void>, isJson: boolean): Promise<number> {
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
    const listeners = signals.map((signal) => [signal, () => this.#interrupt(exitCodeOfSignal(signal))] as const)
    for (const [signal, listener] of listeners) process.on(signal, listener)
    try {
      const exitCode = await command()
      return exitCode ?? this.#exitCode ?? exitCodes.done
    } catch (error) {
      if (this.#exitCode !== undefined) return this.#exitCode
      await this.fail(error, isJson)
      return exitCodeOf(error)
    } finally {
      for (const [signal, listener] of listeners) process.off(signal, listener)
      // A reader that is stopped may never take the rest.
      if (this.#exitCode !== undefined && this.out.isBlocked) process.exit(this.#exitCode)
    }
  }

  /** Says on the error output what went wrong. */
  async fail(error: unknown, isJson: boolean): Promise<void> {
    const failed = error instanceof Error ? error : { name: 'Error', message: textOf(error) }
    const [name, message] = [textOf(failed.name), textOf(failed.message)]
    const { code, delivery } = isManagerError(error) ? error : {}
    const told = { name, ...optional('code', code), message, ...optional('delivery', delivery) }
    if (isJson) return this.errors.lines(jsonLine({ error: told }))
    const what = this.errors.styled('red', printable(told.code ?? name))
    await this.errors.lines(`${what}: ${printable(message)}`)
  }

  /** The second time it ends the process at once. */
  #interrupt(exitCode: number): void {
    if (this.#exitCode !== undefined) process.exit(exitCode)
    this.#exitCode = exitCode
    this.#interrupted.abort()
  }
}

function optional<Name extends string>(name: Name, value: unknown): { readonly [Key in Name]?: string } {
  return value === undefined ? {} : ({ [name]: textOf(value) } as { [Key in Name]: string })
}

/** The text of a thrown value that is no Error, or of a part of one that is, which a server may have sent as anything. */
function textOf(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown
  try {
    return JSON.stringify(plain(thrown))
  } catch {
    return 'a value was thrown that JSON has no way to say'
  }
}
