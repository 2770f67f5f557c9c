import { isManagerError } from 'referent'

/** How a call ended, as a text: what it resolved with, or the code and the delivery of its error. */
export async function describe(call: Promise<unknown>): Promise<string> {
  try {
    return String(await call)
  } catch (error) {
    return isManagerError(error) ? `${error.code} ${error.delivery}` : String(error)
  }
}
