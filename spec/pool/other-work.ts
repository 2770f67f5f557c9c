// What workers call that is in a module of its own, which registers nothing.

export function triple(number: number): number {
  return number * 3
}

export function importedAs(): string {
  return import.meta.url
}
