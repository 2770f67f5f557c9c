/** What is asked for one step after the other. */
type Steps<T> = Pick<AsyncIterator<T, unknown, undefined>, 'next'>

/**
 * What several give, as it comes, until one of them ends. Of each, one step is asked for when the last was taken. None is ended by
 * this.
 * @throws (as a rejection) what one of them does
 */
export async function* interleaved<T>(all: readonly Steps<T>[]): AsyncGenerator<T, void, undefined> {
  const came: { readonly from: Steps<T>; readonly step: Promise<IteratorResult<T, unknown>> }[] = []
  let wake = (): void => undefined
  const ask = (from: Steps<T>): void => {
    const step = from.next()
    const come = (): void => {
      came.push({ from, step })
      wake()
    }
    step.then(come, come)
  }
  for (const each of all) ask(each)
  for (;;) {
    const first = came.shift()
    if (first === undefined) {
      await new Promise<void>((resolve) => (wake = resolve))
      continue
    }
    const step = await first.step
    if (step.done === true) return
    yield step.value
    ask(first.from)
  }
}
