import { askByName, isStream } from '../proxy/by-name.ts'
import { jsonOf } from './asking.ts'
import { failureOf } from './failure.ts'
import type { Inspected } from './inspected.ts'
import { Recent } from './recent.ts'
import type { Shown, View } from './messages.ts'
import type { CallRow } from './rows.ts'

/** How many calls and changes are shown of a second. */
const maxRecent = 200

type ReferentView = Extract<View, { readonly view: 'referent' }>

type ReferentShown = Omit<Extract<Shown, { readonly view: 'referent' }>, 'sessions'>

/** One referent: what there is of it now, its calls, and what its `watch` gives. */
export class ReferentLook {
  readonly #inspected: Inspected
  readonly #view: ReferentView
  readonly #calls = new Recent<CallRow>(maxRecent)
  readonly #changes = new Recent<string>(maxRecent)

  /** Watches until the signal aborts. @param allowsCalls whether `watch` may be called */
  constructor(inspected: Inspected, view: ReferentView, allowsCalls: boolean, signal: AbortSignal) {
    this.#inspected = inspected
    this.#view = view
    void this.#watchCalls(signal)
    if (view.isWatched && allowsCalls) void this.#watchChanges(signal)
  }

  /** All but of which processes the sessions are. */
  async look(options: { readonly signal: AbortSignal; readonly timeoutMs: number }): Promise<ReferentShown> {
    const { server, referent } = this.#view
    const detail = await this.#inspected.inspectReferent(referent, { server, ...options })
    const calls = this.#calls.take()
    const changes = this.#changes.take()
    return {
      view: 'referent',
      detail,
      calls: calls.items,
      changes: changes.items,
      missed: calls.missed + changes.missed,
    }
  }

  async #watchCalls(signal: AbortSignal): Promise<void> {
    const { server, referent } = this.#view
    try {
      for await (const { calls, missed } of this.#inspected.watchCalls({ server, referent, signal })) {
        this.#calls.add(...calls.map((call) => ({ ...call, server })))
        this.#calls.miss(missed)
      }
    } catch {
      // A server that can't tell of calls is looked at all the same.
    }
  }

  async #watchChanges(signal: AbortSignal): Promise<void> {
    const { server, referent } = this.#view
    try {
      const proxy = await this.#inspected.proxyOf(referent, { server, signal })
      const changes = await askByName(proxy, 'watch', [], { signal })
      if (isStream(changes)) for await (const change of changes) this.#changes.add(jsonOf(change))
    } catch (error) {
      if (!signal.aborted) this.#changes.add(failureOf(error).message)
    }
  }
}
