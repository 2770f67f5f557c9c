/**
 * The numbers of nodes, each after those it points at, as far as cycles allow: values of transformers are made from
 * complete parts. Those that reach each other come together, most of them alone: Tarjan's strongly connected components,
 * without recursion, since a list of 100,000 links is one path.
 * https://en.wikipedia.org/wiki/Tarjan%27s_strongly_connected_components_algorithm
 * @param parts the numbers of the nodes that each points at
 */
export function* cyclesOf(parts: readonly (readonly number[])[]): Generator<readonly number[]> {
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
