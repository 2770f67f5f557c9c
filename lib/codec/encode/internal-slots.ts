/** Whether a look at the internal slots of an object, such as `Map.prototype.has.call(value)`, finds them. */
export function hasSlots(look: () => unknown): boolean {
  try {
    look()
    return true
  } catch {
    return false
  }
}
