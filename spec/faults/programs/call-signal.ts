import { currentCall } from 'referent'

/** The signal of the call that runs; to be asked for before an `await` of something else's. */
export function callSignal(): AbortSignal {
  const call = currentCall()
  if (call === undefined) throw new Error('no call is running')
  return call.signal
}
