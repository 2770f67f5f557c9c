import type { Course } from './course.ts'
import type { Party } from './party.ts'

/** The parties that keep something while a function runs. */
class Keepers {
  readonly #byCourse = new Map<Course, Party>()
  /** By the ids of the calls that asked for it. */
  readonly #byCall = new Map<string, Set<Party>>()

  add(party: Party): void {
    this.#byCourse.set(party.course, party)
    const { callId } = party.course
    if (callId === undefined) return
    const ofCall = this.#byCall.get(callId) ?? new Set()
    this.#byCall.set(callId, ofCall.add(party))
  }

  delete(party: Party): void {
    this.#byCourse.delete(party.course)
    const { callId } = party.course
    if (callId === undefined) return
    const ofCall = this.#byCall.get(callId)
    ofCall?.delete(party)
    if (ofCall?.size === 0) this.#byCall.delete(callId)
  }

  /** Those that the party asks within, the outermost first. */
  around({ course }: Party): Party[] {
    const ofCallers = course.callers.flatMap((id) => [...(this.#byCall.get(id) ?? [])])
    const here = course.outer.flatMap((outer) => this.#byCourse.get(outer) ?? [])
    return [...new Set([...ofCallers, ...here])]
  }
}

/** Of this process: those who wait for each other may do so at locks and containers of several managers. */
export const keepers: Keepers = new Keepers()
