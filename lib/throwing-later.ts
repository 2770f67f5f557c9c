/** Calls listeners. What they throw is the program's own, uncaught: it hinders nothing that is yet to be done here. */
export function throwingLater(tell: () => unknown): void {
  try {
    tell()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
