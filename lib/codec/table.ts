import { textTooLarge } from '../wire/limits.ts'
import { tag } from '../wire/tags.ts'
import { Writer } from '../wire/writer.ts'
import { cyclesOf } from './fill-order.ts'
import { type Path, refuse, type Step } from './path.ts'

/** Objects that point at each other by number: so shared identity and cycles hold, and no depth overflows the stack. */
export class Table {
  /** In the order in which they were met, breadth first. They grow while they are written. */
  readonly nodes: { readonly value: object; readonly path: Path }[] = []
  /** What empty ones are made of, one after the other. */
  readonly head: Writer
  /** What they hold, one after the other. */
  readonly body: Writer
  readonly #indexes = new Map<object, number>()
  readonly #starts: number[] = []
  /** By node, the nodes that it points at. */
  readonly #parts: number[][] = []
  /** The nodes that transformers made. */
  readonly #customs = new Set<number>()
  readonly #maxBytes: number
  readonly #maxParts: number

  /**
   * @param maxBytes how many there may be of it
   * @param maxParts how many objects
   */
  constructor(root: object, path: Path, maxBytes: number, maxParts: number) {
    this.#maxBytes = maxBytes
    this.#maxParts = maxParts
    this.#indexes.set(root, 0)
    this.nodes.push({ value: root, path })
    this.head = new Writer(512, maxBytes)
    this.body = new Writer(512, maxBytes)
  }

  /** What is written next is the next node. */
  begin(): void {
    this.#starts.push(this.body.position)
    this.#parts.push([])
  }

  /** The node at hand is what a transformer made. */
  markCustom(): void {
    this.#customs.add(this.#starts.length - 1)
  }

  /** Writes a pointer to `value`, a part of the node at hand. */
  writePointer(value: object, path: Path | undefined, step: Step): void {
    let index = this.#indexes.get(value)
    if (index === undefined) {
      index = this.nodes.length
      if (index >= this.#maxParts) throw textTooLarge(`more than ${this.#maxParts} objects and lists`, this.#maxBytes)
      this.#indexes.set(value, index)
      this.nodes.push({ value, path: { parent: path, step } })
    }
    this.#parts.at(-1)?.push(index)
    this.body.byte(tag.pointer)
    this.body.varint(index)
  }

  /** Writes all of it. What transformers made comes after its parts. */
  writeTo(writer: Writer): void {
    const isOrdered = this.#customs.size > 0
    writer.byte(isOrdered ? tag.orderedTable : tag.table)
    writer.varint(this.nodes.length)
    writer.raw(this.head.written(0))
    if (!isOrdered) return writer.raw(this.body.written(0))
    for (const node of this.#order()) {
      writer.varint(node)
      writer.raw(this.body.written(this.#starts[node] ?? 0, this.#starts[node + 1]))
    }
  }

  *#order(): Generator<number> {
    for (const cycle of cyclesOf(this.#parts)) {
      const custom = cycle.find((node) => this.#customs.has(node))
      const [node = 0] = cycle
      if (custom !== undefined && (cycle.length > 1 || this.#parts[node]?.includes(node) === true))
        refuse(
          this.nodes[custom]?.path ?? { parent: undefined, step: '' },
          "a custom value can't hold itself; leave the cycle out of serialize()",
        )
      yield* cycle
    }
  }
}
