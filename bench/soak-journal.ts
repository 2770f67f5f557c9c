import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'

export type Operation = 'append' | 'increment'

/** What became of a call, as its caller knows. */
export type Outcome = 'begun' | 'done' | 'unknown' | 'not-sent'

/** What else a client did. */
export type Event = 'closed' | 'cut'

export interface Entry {
  readonly operation: Operation
  readonly outcome: Outcome
  /** What the call resolved with. */
  readonly value: number
}

const kinds = [
  'append begun',
  'append done',
  'append unknown',
  'append not-sent',
  'increment begun',
  'increment done',
  'increment unknown',
  'increment not-sent',
  'closed',
  'cut',
] as const

const recordBytes = 9

/**
 * What a client does, written before and after each call: in a file, which the system keeps when the client is killed.
 * Each record is a kind, a sequence number and a value.
 */
export class JournalWriter {
  readonly #file: number
  readonly #record = Buffer.alloc(recordBytes)

  constructor(path: string) {
    this.#file = openSync(path, 'a')
  }

  call(operation: Operation, outcome: Outcome, sequence: number, value = 0): void {
    this.#write(kinds.indexOf(`${operation} ${outcome}`), sequence, value)
  }

  event(event: Event): void {
    this.#write(kinds.indexOf(event), 0, 0)
  }

  close(): void {
    closeSync(this.#file)
  }

  #write(kind: number, sequence: number, value: number): void {
    this.#record.writeUInt8(kind, 0)
    this.#record.writeUInt32LE(sequence, 1)
    this.#record.writeUInt32LE(value, 5)
    writeSync(this.#file, this.#record)
  }
}

/** What a client has done: its calls by their sequence numbers, each as its last record says. */
export class Journal {
  readonly calls = new Map<number, Entry>()
  readonly events = { closed: 0, cut: 0 }

  static read(path: string): Journal {
    const journal = new Journal()
    const bytes = readFileSync(path)
    for (let at = 0; at + recordBytes <= bytes.length; at += recordBytes) {
      journal.#add(bytes.readUInt8(at), bytes.readUInt32LE(at + 1), bytes.readUInt32LE(at + 5))
    }
    return journal
  }

  #add(number: number, sequence: number, value: number): void {
    const kind = kinds[number]
    if (kind === undefined) throw new Error(`a journal has a record of kind ${number}`)
    if (kind === 'closed' || kind === 'cut') this.events[kind]++
    else {
      const [operation, outcome] = kind.split(' ') as [Operation, Outcome]
      this.calls.set(sequence, { operation, outcome, value })
    }
  }
}
