import { isPointer, type Node, slotsOf } from './node.ts'

/**
 * The nodes, each after what it points at, as far as cycles allow: values of transformers are made from complete parts.
 * @param onCustomCycle told of a `custom` node in a cycle, whose parts can't be complete before it is; must throw
 */
export function fillOrder(nodes: readonly Node[], onCustomCycle: (node: number) => never): number[] {
  const order: number[] = []
  for (const cycle of cyclesOf(nodes)) {
    const custom = cycle.find((node) => nodes[node]?.[0] === 'custom')
    if (custom !== undefined && isCycle(cycle, nodes)) onCustomCycle(custom)
    order.push(...cycle)
  }
  return order
}

function isCycle(component: readonly number[], nodes: readonly Node[]): boolean {
  return component.length > 1 || component.some((node) => partsOf(nodes[node]).includes(node))
}

/** A node that was reached, and how far its parts were looked at. */
interface Visit {
  readonly node: number
  readonly parts: readonly number[]
  seen: number
  readonly reached: number
  /** When the earliest node was reached that leads here and can be reached from here. */
  earliest: number
  isOpen: boolean
}

/**
 * Groups of nodes that can reach each other, most of them of one node, each after the groups it points at: Tarjan's
 * strongly connected components, without recursion, since a list of 100,000 links is one path.
 * https://en.wikipedia.org/wiki/Tarjan%27s_strongly_connected_components_algorithm
 */
function* cyclesOf(nodes: readonly Node[]): Generator<number[]> {
  const visits = new Map<number, Visit>()
  const open: Visit[] = []
  for (const start of nodes.keys()) {
    const path = visits.has(start) ? [] : [visit(start)]
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const part = top.parts[top.seen++]
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
    const made = { node, parts: partsOf(nodes[node]), seen: 0, reached, earliest: reached, isOpen: true }
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

function partsOf(node: Node | undefined): number[] {
  return node === undefined
    ? []
    : slotsOf(node)
        .filter(isPointer)
        .map(([part]) => part)
}
