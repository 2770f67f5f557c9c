import type { Peer } from './peer.ts'

/**
 * Those that are measured from Node, each loaded by the processes that measure it alone. Python's managers are measured from
 * Python: bench/peers/python_manager.py.
 */
export const peers: ReadonlyMap<string, () => Promise<Peer>> = new Map<string, () => Promise<Peer>>([
  ['referent', async () => (await import('./referent.ts')).referent],
  ['bare echo', async () => (await import('./echo.ts')).echo],
  ['bare fork, same modules', async () => (await import('./echo.ts')).bareFork],
  ['bare frames', async () => (await import('./bare-frames.ts')).bareFrames],
  ['bare MessagePort, thread', async () => (await import('./message-port.ts')).messagePort],
  ['Comlink, thread', async () => (await import('./comlink.ts')).comlink],
  ["Cap'n Web", async () => (await import('./capnweb.ts')).capnweb],
  ['birpc', async () => (await import('./birpc.ts')).birpc],
  ['workerpool', async () => (await import('./workerpool.ts')).workerpool],
  ['gRPC', async () => (await import('./grpc.ts')).grpc],
  ['Redis', async () => (await import('./redis.ts')).redis],
])
