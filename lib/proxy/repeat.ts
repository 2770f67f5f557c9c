import { isManagerError } from '../errors.ts'

/** A call that its server dies of each time must not go on for ever. */
const maxAttempts = 3

/**
 * Makes a call again that was lost with its session, where `mayRepeat` says so then; three times in all.
 * @throws what the last attempt throws
 */
export async function repeat<T>(call: () => Promise<T>, mayRepeat: () => boolean): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call()
    } catch (error) {
      if (attempt === maxAttempts || !isManagerError(error, 'SESSION_LOST') || !mayRepeat()) throw error
    }
  }
}
