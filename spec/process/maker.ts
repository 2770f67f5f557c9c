/** Makes functions that it doesn't export. */
export function exitingWith(code: number): () => void {
  return function made() {
    process.exit(code)
  }
}
