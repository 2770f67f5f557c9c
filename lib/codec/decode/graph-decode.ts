import type SuperJSON from 'superjson'
import { fillOrder } from '../fill-order.ts'
import { readLeaves } from '../leaves.ts'
import { type Graph, isPointer, type Slot } from '../node.ts'
import type { ReferenceDescriptor, ReferencePort } from '../reference-port.ts'
import { parseGraph } from './graph-parse.ts'
import { malformed } from './malformed.ts'
import { filled, shellOf } from './shell.ts'

/**
 * Builds the value of a graph that a peer sent: first every object, still empty, then what is in them, so that objects
 * can hold each other. References are imported after the whole form was checked, and before anything else can fail: what
 * the peer has counted, this side must receive.
 * @throws ManagerError `PROTOCOL` for what isn't a graph, `UNSERIALIZABLE` for what this side has no class or
 * transformer for, and what `port.import` throws
 */
export function decodeGraph(
  raw: unknown,
  attachments: readonly Uint8Array[],
  port: ReferencePort,
  superjson: SuperJSON,
): unknown {
  const graph = parseGraph(raw, attachments)
  const order = orderOf(graph)
  const references = importAll(graph.references ?? [], port)
  const source = { leaves: leavesOf(graph, superjson), attachments, references }
  const values = graph.nodes.map((node) => shellOf(node, source))
  const valueOf = (slot: Slot): unknown => (isPointer(slot) ? values[slot[0]] : slot)
  for (const at of order) {
    const node = graph.nodes[at]
    if (node !== undefined) values[at] = filled(node, values[at], valueOf)
  }
  return valueOf(graph.root)
}

/** Only values of transformers need their parts complete; without any, each order will do. */
function orderOf({ nodes }: Graph): Iterable<number> {
  if (!nodes.some(([tag]) => tag === 'custom')) return nodes.keys()
  return fillOrder(nodes, () => {
    throw malformed('a custom value that holds itself')
  })
}

/** @throws the first that `port.import` threw, when all others were imported */
function importAll(descriptors: readonly ReferenceDescriptor[], port: ReferencePort): readonly unknown[] {
  const failures: unknown[] = []
  const imported = descriptors.map((descriptor) => {
    try {
      return port.import(descriptor)
    } catch (failure) {
      failures.push(failure)
      return undefined
    }
  })
  if (failures.length > 0) throw failures[0]
  return imported
}

/** The texts have the right form by now; a regular expression or address may still be none. */
function leavesOf(graph: Graph, superjson: SuperJSON): readonly unknown[] {
  if (graph.leaves === undefined) return []
  try {
    return readLeaves(superjson, graph.leaves)
  } catch (cause) {
    throw malformed('a leaf', cause)
  }
}
