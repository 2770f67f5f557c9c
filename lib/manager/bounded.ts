import { currentContext } from '../call-context.ts'
import { type CallOptions, Wait } from '../session/wait.ts'

/**
 * Does what `begin` does, and waits for it no longer than the options say: then calls `giveUp` and leaves it to itself.
 * @throws (as a rejection) ManagerError `TIMEOUT`, `ABORTED`, `not-sent` where it didn't begin; RangeError for a time
 * that can't be
 */
export async function bounded(
  what: string,
  options: CallOptions,
  begin: () => Promise<void>,
  giveUp: () => void,
): Promise<void> {
  const wait = new Wait(options, currentContext())
  const refusal = wait.refusal(what)
  if (refusal !== undefined) throw refusal
  let unwatch = (): void => undefined
  const over = new Promise<never>((_, reject) => {
    unwatch = wait.watch(what, (error) => {
      giveUp()
      reject(error)
    })
  })
  try {
    await Promise.race([begin(), over])
  } finally {
    unwatch()
  }
}
