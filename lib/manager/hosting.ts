/** A server that a manager started and therefore ends: a process of its own, or one in this process. */
export interface Hosting {
  /** Ends the server and waits until nothing of it is left. Idempotent, bounded, never rejects. */
  end(): Promise<void>
  /** Resolves when the server has ended; keeps this program alive until then. */
  join(): Promise<void>
}
