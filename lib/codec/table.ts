import { textTooLarge } from '../wire/limits.ts'
import { tag } from '../wire/tags.ts'
import { Writer } from '../wire/writer.ts'
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
  /** The root is one. */
  #partCount = 1

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

  /** Counts parts of the message. @throws ManagerError `FRAME_TOO_LARGE` where a receiver takes fewer */
  count(parts: number): void {
    this.#partCount += parts
    if (this.#partCount <= this.#maxParts) return
    throw textTooLarge(`more than ${this.#maxParts} objects and lists`, this.#maxBytes)
  }

  /** Writes a pointer to `value`, a part of the node at hand. */
  writePointer(value: object, path: Path | undefined, step: Step): void {
    let index = this.#indexes.get(value)
    if (index === undefined) {
      index = this.nodes.length
      this.count(1)
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

/**
 * The numbers of nodes, each after those it points at, as far as cycles allow: values of transformers are made from
 * complete parts. Those that reach each other come together, most of them alone: Tarjan's strongly connected components,
 * without recursion, since a list of 100,000 links is one path.
 * https://en.wikipedia.org/wiki/Tarjan%27s_strongly_connected_components_algorithm
 * @param parts the numbers of the nodes that each points at
 */
function* cyclesOf(parts: readonly (readonly number[])[]): Generator<readonly number[]> {
  const visits = new Map<number, Visit>()
  const open: Visit[] = []
  for (const start of parts.keys()) {
    const path = visits.has(start) ? [] : [visit(start)]
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const part = parts[top.node]?.[top.seen++]
      if (part === undefined) {
        path.pop()
        const parent = path.at(-1)
        if (parent !== undefined) parent.earliest = Math.min(parent.earliest, top.earliest)
        if (top.earliest === top.reached) yield closeDownTo(top)
      } else {
        const known = visits.get(part)
        if (known === undefined) path.push(visit(part))
        else if (known.isOpen) top.earliest = Math.min(top.earliest, known.reached)
      }
    }
  }

  function visit(node: number): Visit {
    const reached = visits.size
    const made = { node, seen: 0, reached, earliest: reached, isOpen: true }
    visits.set(node, made)
    open.push(made)
    return made
  }

  function closeDownTo(first: Visit): number[] {
    const group = open.splice(open.lastIndexOf(first))
    for (const member of group) member.isOpen = false
    return group.map((member) => member.node).toReversed()
  }
}

/** A node that was reached, and how far its parts were looked at. */
interface Visit {
  readonly node: number
  seen: number
  readonly reached: number
  /** When the earliest node was reached that leads here and can be reached from here. */
  earliest: number
  isOpen: boolean
}
