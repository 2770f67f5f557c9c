import { birpc } from './birpc.ts'
import { capnweb } from './capnweb.ts'
import { comlink } from './comlink.ts'
import { bareFork, echo } from './echo.ts'
import { grpc } from './grpc.ts'
import { messagePort } from './message-port.ts'
import type { Peer } from './peer.ts'
import { redis } from './redis.ts'
import { referent } from './referent.ts'
import { workerpool } from './workerpool.ts'

/** Those that are measured from Node. Python's managers are measured from Python: bench/peers/python_manager.py. */
export const peers: readonly Peer[] = [
  referent,
  echo,
  bareFork,
  messagePort,
  comlink,
  capnweb,
  birpc,
  workerpool,
  grpc,
  redis,
]
