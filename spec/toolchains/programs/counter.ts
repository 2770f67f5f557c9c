import { Manager } from 'referent'

export class Counter {
  #count: number

  constructor(start: number) {
    this.#count = start
  }

  add(by: number): number {
    this.#count += by
    return this.#count
  }

  total(): number {
    return this.#count
  }

  pid(): number {
    return process.pid
  }
}

Manager.register('Counter', Counter, { exposed: ['add', 'total', 'pid'] })
