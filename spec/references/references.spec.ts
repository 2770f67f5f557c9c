import { Manager } from 'referent'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { describeReferences, maxFrameBytes, type Opened, pinMs } from './contract.ts'

leaveNothing()

const options = { maxFrameBytes, pinMs }

// Nothing that stays in a process has a length.
describeReferences('memory', async () => owned(await Manager.serve(options)), false)

describeReferences('a socket, to a server in the same process', async () => {
  const server = await Manager.serve(options)
  const manager = await Manager.connect(server.address, { authkey: server.authkey, maxFrameBytes })
  return owned(manager, server)
})

describeReferences('a socket, to a server process', async () => owned(await Manager.start(options)))

function owned(manager: Manager, server: Manager = manager): Opened {
  return {
    manager,
    async [Symbol.asyncDispose]() {
      await manager.close()
      await server.close()
    },
  }
}
