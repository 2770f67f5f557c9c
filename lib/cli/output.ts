import { once } from 'node:events'

/** Select Graphic Rendition of ECMA-48. */
const styles = { bold: 1, red: 31 }

/** C0 and C1 controls, DEL, line separators, and the marks that change the direction of what follows. */
const controls = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu

/** A text as one line that a terminal shows and doesn't obey, whoever has written it. */
export function printable(text: string): string {
  return text.replaceAll(controls, escaped)
}

/** JSON on one line, in which no terminal finds anything to obey. */
export function jsonLine(value: unknown): string {
  return printable(JSON.stringify(value))
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** What a command prints, to one of the streams of this process. Ends when its reader has. */
export class Output {
  readonly #stream: NodeJS.WriteStream
  readonly #signal: AbortSignal
  readonly isTerminal: boolean
  readonly #isColoured: boolean

  /**
   * @param signal ends the waiting for a reader
   * @param closed called when nobody reads it any more
   */
  constructor(stream: NodeJS.WriteStream, signal: AbortSignal, closed: () => void) {
    this.#stream = stream
    this.#signal = signal
    this.isTerminal = stream.isTTY
    const { NO_COLOR = '', TERM } = process.env
    this.#isColoured = this.isTerminal && NO_COLOR === '' && TERM !== 'dumb'
    stream.on('error', closed)
  }

  /** Whether something waits for its reader, which keeps this process. */
  get isBlocked(): boolean {
    return this.#stream.writableLength > 0
  }

  get width(): number {
    return sizeOf(this.#stream.columns)
  }

  get height(): number {
    return sizeOf(this.#stream.rows)
  }

  /** Prints lines. Resolves when there is room for more. */
  async lines(...lines: readonly string[]): Promise<void> {
    await this.write(lines.map((line) => `${line}\n`).join(''))
  }

  async write(text: string): Promise<void> {
    if (!this.#stream.writable || this.#stream.write(text)) return
    const over = new AbortController()
    const signal = AbortSignal.any([over.signal, this.#signal])
    const either = ['drain', 'close'].map((event) => once(this.#stream, event, { signal }))
    await Promise.race(either).catch(() => undefined)
    over.abort()
  }

  /** The text in colour, where that is wanted. */
  styled(style: keyof typeof styles, text: string): string {
    return this.#isColoured ? `\u001b[${styles[style]}m${text}\u001b[0m` : text
  }
}

/** Of what is no terminal, or one that doesn't tell, there is no end. */
function sizeOf(count: number | undefined): number {
  return count === undefined || count === 0 ? Infinity : count
}
