import type { Claim } from './claim.ts'

/** The claims that functions hold by `run`, by the ids of the calls that asked for them. */
class Runs {
  readonly #byCall = new Map<string, Set<Claim>>()

  add(claim: Claim): void {
    const { callId } = claim
    if (callId === undefined) return
    const ofCall = this.#byCall.get(callId) ?? new Set()
    this.#byCall.set(callId, ofCall.add(claim))
  }

  delete(claim: Claim): void {
    // An id is made when it is asked for.
    const callId = claim.manner === 'run' ? claim.callId : undefined
    if (callId === undefined) return
    const ofCall = this.#byCall.get(callId)
    ofCall?.delete(claim)
    if (ofCall?.size === 0) this.#byCall.delete(callId)
  }

  /** Those that the claim was asked for inside of. */
  around(claim: Claim): Claim[] {
    const ofCallers = claim.callers.flatMap((id) => [...(this.#byCall.get(id) ?? [])])
    return [...new Set([...claim.outer, ...ofCallers])]
  }
}

/** Of this process: those who wait for each other may do so at locks of several managers. */
export const runs: Runs = new Runs()
