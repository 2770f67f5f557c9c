import { createMemoryPair } from '../../lib/transport/memory.ts'
import { describeTransport } from './contract.ts'

describeTransport('a transport within one process', async () => createMemoryPair())
