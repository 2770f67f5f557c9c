import { isManagerError } from '../../errors.ts'
import { textTooLarge } from '../../wire/frame.ts'
import { fillOrder } from '../fill-order.ts'
import { writeLeaves } from '../leaves.ts'
import { RegExpBudget } from '../leaf-limits.ts'
import { maxHoles, maxNames, maxReferences } from '../limits.ts'
import type { Node, Pointer, Slot } from '../node.ts'
import { isExact, isJsonPatched } from '../plain.ts'
import type { ReferenceDescriptor, ReferencePort } from '../reference-port.ts'
import { describe } from './describe.ts'
import { type Place, refuse, type Step } from './place.ts'
import type { Walk } from './walk.ts'
import type SuperJSON from 'superjson'

export interface GraphOptions {
  readonly hidesStacks: boolean
  readonly maxTextBytes: number
}

export interface EncodedGraph {
  /** JSON text of a `Graph`. */
  readonly text: string
  readonly attachments: readonly Uint8Array[]
  readonly references: readonly ReferenceDescriptor[]
}

/**
 * Writes any value as a graph. References are exported last, when nothing can be refused any more: a value that
 * can't cross took nothing from the port.
 * @throws ManagerError `UNSERIALIZABLE` with the path of what can't cross, `FRAME_TOO_LARGE`, and what `port.accepts` throws
 */
export function encodeGraph(
  value: unknown,
  port: ReferencePort,
  root: string,
  superjson: SuperJSON,
  options: GraphOptions,
): EncodedGraph {
  const walk = new GraphWalk(port, root, options)
  const slot = walk.slotOf(value, walk.root, '')
  walk.describeAll()
  const parts = [`"root":${walk.textOf(slot)}`, `"nodes":${walk.textOf(walk.nodes)}`]
  if (walk.leaves.length > 0) parts.push(`"leaves":${walk.textOf(writeLeaves(superjson, walk.leaves))}`)
  const references = walk.references.map((reference) => port.export(reference))
  if (references.length > 0) parts.push(`"references":${JSON.stringify(references)}`)
  return { text: `{${parts.join(',')}}`, attachments: walk.attachments, references }
}

/** Meets every object once, breadth first and without recursion, so that no depth overflows the stack. */
class GraphWalk implements Walk {
  readonly root: Place
  readonly hidesStacks: boolean
  readonly nodes: Node[] = []
  readonly leaves: unknown[] = []
  readonly attachments: Uint8Array[] = []
  readonly references: object[] = []
  readonly #port: ReferencePort
  readonly #queue: { readonly value: unknown; readonly place: Place }[] = []
  readonly #pointers = new Map<unknown, Pointer>()
  readonly #budget = new RegExpBudget()
  readonly #maxTextBytes: number
  #characters = 0
  #holes = 0
  #names = 0

  constructor(port: ReferencePort, root: string, { hidesStacks, maxTextBytes }: GraphOptions) {
    this.#port = port
    this.hidesStacks = hidesStacks
    this.#maxTextBytes = maxTextBytes
    this.root = { parent: undefined, step: root }
  }

  /** Describes what `slotOf` was given, and what those descriptions hand to `slotOf`, to the end. */
  describeAll(): void {
    // The queue grows while it is read.
    for (const { value, place } of this.#queue) {
      const node = this.#describe(value, place)
      if (node[0] === 'bigint') this.#addCharacters(node[1].length)
      this.nodes.push(node)
    }
    if (this.nodes.some(([tag]) => tag === 'custom')) this.#refuseCustomCycles()
  }

  slotOf(value: unknown, place: Place, step: Step): Slot {
    if (typeof value === 'string') this.#addCharacters(value.length)
    if (isExact(value)) return value
    // V8 finds an integer by its lowest 64 bits alone, which all may share; each is written by itself.
    const known = typeof value === 'bigint' ? undefined : this.#pointers.get(value)
    if (known !== undefined) return known
    const pointer: Pointer = [this.#queue.length]
    if (typeof value !== 'bigint') this.#pointers.set(value, pointer)
    this.#queue.push({ value, place: this.#queue.length === 0 ? place : { parent: place, step } })
    return pointer
  }

  /** One text may be in a value any number of times: so it is counted before it is written. */
  #addCharacters(count: number): void {
    this.#characters += count
    if (this.#characters > this.#maxTextBytes) throw textTooLarge(`at least ${this.#characters}`, this.#maxTextBytes)
  }

  accepts(value: object): boolean {
    return this.#port.accepts(value)
  }

  leaf(value: unknown): number {
    return this.leaves.push(value) - 1
  }

  attachment(bytes: Uint8Array): number {
    return this.attachments.push(bytes) - 1
  }

  reference(value: object, place: Place): number {
    if (this.references.length === maxReferences)
      refuse(place, `more than ${maxReferences} values by reference can't cross at once; send them in parts`)
    return this.references.push(value) - 1
  }

  excessOf({ source, flags }: RegExp): string | undefined {
    return this.#budget.take(source, flags)
  }

  addHoles(count: number, place: Place): void {
    this.#holes += count
    if (this.#holes > maxHoles) refuse(place, `more than ${maxHoles} holes can't cross; send entries instead`)
  }

  addNames(count: number, place: Place): void {
    this.#names += count
    if (this.#names > maxNames) refuse(place, `more than ${maxNames} names of fields can't cross; send them in parts`)
  }

  /** JSON text; longer than the longest string of the engine is refused like anything that can't cross. */
  textOf(part: unknown): string {
    if (isJsonPatched())
      refuse(this.root, 'Array.prototype or Object.prototype has a toJSON, which changes all JSON; remove it')
    return reading(this.root, () => JSON.stringify(part))
  }

  /** Getters, traps of a `Proxy` and transformers run here, and may throw anything. */
  #describe(value: unknown, place: Place): Node {
    return reading(place, () => describe(value, place, this))
  }

  /** A transformer makes its value from parts that are complete, so no part may be waiting for that value. */
  #refuseCustomCycles(): void {
    fillOrder(this.nodes, (node) => {
      refuse(
        this.#queue[node]?.place ?? this.root,
        "a custom value can't hold itself; leave the cycle out of serialize()",
      )
    })
  }
}

function reading<T>(place: Place, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (isManagerError(cause)) throw cause
    refuse(place, `reading this value threw ${messageOf(cause)}`, { cause })
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : 'something that is no error'
}
