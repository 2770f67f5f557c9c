import { type OnReadOpts, Socket } from 'node:net'

/**
 * Makes a socket with `onread` of one that was just accepted, which Node makes without it. What that has of the system is
 * taken over; Node doesn't document how. Returns the accepted socket as it was where that has another form than is known.
 */
export function withOnread(accepted: Socket, onread: OnReadOpts): Socket {
  const handle: unknown = Reflect.get(accepted, '_handle')
  if (!isHandle(handle)) return accepted
  const options = { handle, onread, readable: true, writable: true }
  const socket = new Socket(options)
  // Its server no longer counts it.
  Reflect.set(accepted, '_handle', null)
  accepted.destroy()
  return socket
}

function isHandle(handle: unknown): handle is object {
  if (typeof handle !== 'object' || handle === null) return false
  return ['readStart', 'readStop', 'useUserBuffer'].every((name) => typeof Reflect.get(handle, name) === 'function')
}
