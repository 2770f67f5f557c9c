import { Manager } from 'referent'

/** One for all clients of a server: its factory gives the same every time. */
export class Board {
  readonly #notes = new Map<string, string>()

  put(key: string, note: string): void {
    this.#notes.set(key, note)
  }

  get(key: string): string | undefined {
    return this.#notes.get(key)
  }

  _clear(): void {
    this.#notes.clear()
  }

  fail(): never {
    throw new RangeError('off the board')
  }

  *keys(): Generator<string> {
    yield* this.#notes.keys()
  }
}

const board = new Board()

export class BoardManager extends Manager {}
BoardManager.register('Board', () => board, { exposed: 'public' })
BoardManager.register('ReadOnlyBoard', () => new Board(), { exposed: ['get'] })
