import { AsyncLocalStorage } from 'node:async_hooks'
import { type CurrentCall, currentCall, type Holder, ManagerError, type SessionPeer } from '../../extension.ts'

/** The scopes that code of this process runs within, the outermost first, and the call that it runs for. */
const inside = new AsyncLocalStorage<{ readonly callId: string | undefined; readonly scopes: readonly CallScope[] }>()

/** From where a lock or key is asked for: for which call, and within which functions that run with others held. */
export class CallScope {
  readonly call: CurrentCall | undefined = currentCall()
  /** Those of this process that it is within, the outermost first. */
  readonly outer: readonly CallScope[]

  constructor() {
    const store = inside.getStore()
    // Where client and server are one process, calls of others may come in the same batch, and so from this very place.
    this.outer = store !== undefined && store.callId === this.callId ? store.scopes : []
  }

  /** The id of the call that asks, made when it is asked for: calls that are made for it from then on bring it along. */
  get callId(): string | undefined {
    return this.call?.id
  }

  get callers(): readonly string[] {
    return this.call?.callers ?? []
  }

  run<T>(body: () => T): T {
    return inside.run({ callId: this.callId, scopes: [...this.outer, this] }, body)
  }

  /** Whether it is within `other`: in this process, or by calls of whatever processes. This is never wrong. */
  isWithin(other: CallScope): boolean {
    if (this.outer.includes(other)) return true
    return this.callers.length > 0 && other.callId !== undefined && this.callers.includes(other.callId)
  }
}

/** A request for a lock, or for keys: it waits until it has them, and then holds them. */
export interface WaitNode {
  readonly scope: CallScope
  readonly session: SessionPeer
  /** What it asks for, in messages. */
  readonly label: string
  /** How it holds that, in messages: `run`. */
  readonly via: string
  /** Since when it has waited, or held it, by `performance.now()`. */
  readonly sinceMs: number
  readonly isWaiting: boolean
  readonly isHolding: boolean
  /** Whether its wait can be ended: a condition's waiter, which is to have its lock again, can't go on without it. */
  readonly isRejectable: boolean
  /** While it holds something: the requests that can't go on before it is given back. */
  blocks(): readonly WaitNode[]
  reject(reason: Error): void
}

/** The requests that hold something while a function runs, by the scope of that. */
class HolderIndex {
  readonly #byScope = new Map<CallScope, WaitNode>()
  /** By the ids of the calls that asked for it. */
  readonly #byCall = new Map<string, Set<WaitNode>>()

  add(node: WaitNode): void {
    this.#byScope.set(node.scope, node)
    const { callId } = node.scope
    if (callId === undefined) return
    const ofCall = this.#byCall.get(callId) ?? new Set()
    this.#byCall.set(callId, ofCall.add(node))
  }

  delete(node: WaitNode): void {
    this.#byScope.delete(node.scope)
    const { callId } = node.scope
    if (callId === undefined) return
    const ofCall = this.#byCall.get(callId)
    ofCall?.delete(node)
    if (ofCall?.size === 0) this.#byCall.delete(callId)
  }

  /** Those within whose functions the request is made, the outermost first. */
  around({ scope }: WaitNode): WaitNode[] {
    const ofCallers = scope.callers.flatMap((id) => [...(this.#byCall.get(id) ?? [])])
    const here = scope.outer.flatMap((outer) => this.#byScope.get(outer) ?? [])
    return [...new Set([...ofCallers, ...here])]
  }
}

/** Of this process: requests may wait for each other at locks and containers of several managers. */
export const holders: HolderIndex = new HolderIndex()

/**
 * Looks for a cycle that this wait has closed: a function that holds something waits for what another such function holds,
 * and so on. None of them can go on, so of those that wait the last one is rejected with `DEADLOCK`.
 *
 * What a session holds by `acquire`, or by a guard, closes no cycle: the session may do several things at once, and give it
 * back while it waits for something else.
 */
export function rejectDeadlock(closing: WaitNode): void {
  const cycle = findCycle(closing)
  if (cycle === undefined) return
  const [last] = cycle.filter(({ isRejectable }) => isRejectable).toSorted((one, other) => other.sinceMs - one.sinceMs)
  last?.reject(deadlockError(cycle))
}

/** The shortest cycle of nodes of which each keeps the next from going on, and the last one the first. */
function findCycle(closing: WaitNode): readonly WaitNode[] | undefined {
  const cameFrom = new Map<WaitNode, WaitNode>()
  const reached = [closing]
  for (const node of reached) {
    for (const next of keepsBack(node)) {
      if (next === closing) return pathTo(node, cameFrom)
      if (cameFrom.has(next)) continue
      cameFrom.set(next, node)
      reached.push(next)
    }
  }
  return undefined
}

function keepsBack(node: WaitNode): readonly WaitNode[] {
  if (node.isHolding) return node.blocks()
  return node.isWaiting ? holders.around(node).filter(({ isHolding }) => isHolding) : []
}

function pathTo(last: WaitNode, cameFrom: ReadonlyMap<WaitNode, WaitNode>): WaitNode[] {
  const path = [last]
  for (let node = cameFrom.get(last); node !== undefined; node = cameFrom.get(node)) path.unshift(node)
  return path
}

function deadlockError(cycle: readonly WaitNode[]): ManagerError {
  const lines = cycle.flatMap((node, at) => (node.isWaiting ? [describe(node, cycle[at + 1] ?? node)] : []))
  const why = `each waits for what another holds:\n${lines.join('\n')}`
  const fix = 'The wait that came last was ended; the others go on. Take the locks in the same order everywhere'
  const orResult = 'and give the new value of what a function computes as its result, rather than write it there'
  return new ManagerError('DEADLOCK', `${why}\n${fix}, ${orResult}.`)
}

function describe(waits: WaitNode, holds: WaitNode): string {
  const { id, pid } = waits.session
  const held = `holds ${holds.label} (by ${holds.via}, for ${age(holds)})`
  return `- session ${id} of process ${pid} ${held} and waits for ${waits.label} (for ${age(waits)})${stackOf(waits)}`
}

function stackOf(waits: WaitNode): string {
  const around = withinOf(waits)
  return around === undefined ? '' : `, within ${around}`
}

/** All that it is within, as far as this process knows it, the outermost first; undefined where that is nothing. */
function withinOf(node: WaitNode): string | undefined {
  const around = holders.around(node).map(({ label, via }) => `${via} of ${label}`)
  return around.length === 0 ? undefined : around.join(' > ')
}

/** The request, which holds what it asked for, as whoever inspects the server sees it. */
export function holderOf(node: WaitNode, what: string): Holder {
  const { session, sinceMs, scope } = node
  return { session, sinceMs, what, within: withinOf(node), traceparent: scope.call?.traceparent }
}

function age({ sinceMs }: WaitNode): string {
  return `${Math.round(performance.now() - sinceMs)} ms`
}
