/** How a process ends by its own fault: a method exits, or leaves a timer behind that throws. */
export type Deed = 'exit' | 'throw'

export function commit(deed: Deed): void {
  if (deed === 'exit') process.exit(3)
  setTimeout(() => {
    throw new Error('thrown by a timer, as the spec wants it')
  }, 0)
}
