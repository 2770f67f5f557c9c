import { type Delivery, ManagerError } from '../errors.ts'

/**
 * How a task ends that nobody waits for any more: `TIMEOUT` or `ABORTED`.
 * @param reason what the signal aborted with; a `TimeoutError` where the time was up
 */
export function givenUp(name: string, reason: unknown, delivery: Delivery): ManagerError {
  const fate = delivery === 'not-sent' ? 'it was not called' : 'a worker that ran it was ended'
  if (reason instanceof DOMException && reason.name === 'TimeoutError')
    return new ManagerError('TIMEOUT', `'${name}' took too long: ${reason.message}; ${fate}`, { delivery })
  return new ManagerError('ABORTED', `'${name}' was given up by its caller; ${fate}`, { cause: reason, delivery })
}
