/** Prints a line for each process that evaluates the caller. */
export function tellStart(): void {
  console.log('start')
}
