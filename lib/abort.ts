/** The listeners of a signal, behind the one that it has here: Node warns of a leak from the eleventh on. */
const listenersOf = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls `listener` once when `signal` aborts; never for a signal that has aborted already. However many listen, the
 * signal has one listener of all of them, and none when the last has stopped. A listener must not throw.
 * @returns what stops it; may be called again
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  const listeners = listenersOf.get(signal) ?? listenTo(signal)
  // One of its own for each time, so that a function may listen twice.
  const call = (): void => listener()
  listeners.add(call)
  return () => {
    if (listeners.delete(call) && listeners.size === 0) leave(signal, listeners)
  }
}

function listenTo(signal: AbortSignal): Set<() => void> {
  const listeners = new Set<() => void>()
  listenersOf.set(signal, listeners)
  signal.addEventListener('abort', tellAll)
  return listeners
}

function leave(signal: AbortSignal, listeners: Set<() => void>): void {
  if (listenersOf.get(signal) !== listeners) return
  listenersOf.delete(signal)
  signal.removeEventListener('abort', tellAll)
}

function tellAll(this: AbortSignal): void {
  const listeners = listenersOf.get(this)
  if (listeners === undefined) return
  leave(this, listeners)
  for (const tell of listeners) tell()
}
