/** The process's one value of this name, made on first use. Every copy of this package in the process finds the same. */
export function processWide<T extends object>(name: string, make: () => T): T {
  const values: { [key: symbol]: T | undefined } = globalThis
  const key = Symbol.for(`referent.${name}`)
  const existing = values[key]
  if (existing !== undefined) return existing
  const made = make()
  Object.defineProperty(globalThis, key, { value: made })
  return made
}
