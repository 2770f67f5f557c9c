// Calls its server, and an echo in the server's process, all on one core: `placed.ts <core>`. Prints how much processor time
// the two processes took for a call, and for an echo, in microseconds.
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { Manager } from 'referent'
import { privateAddress, removeFolder, socketPath } from '../../../lib/transport/address.ts'
import { Adder } from '../adder.ts'

const operations = 2000
const [core = ''] = process.argv.slice(2)
const { status, stderr } = spawnSync('taskset', ['-a', '-p', '-c', core, `${process.pid}`], { encoding: 'utf8' })
if (status !== 0) throw new Error(`taskset: ${stderr}`)

await using manager = await Manager.start()
const adder = await manager.create(Adder)
const place = await privateAddress()
const path = socketPath(place.address)
await adder.echoAt(path)
const socket = createConnection({ path })
await once(socket, 'connect')

const call = (): Promise<unknown> => adder.add(1)
const echo = (): Promise<unknown> => {
  socket.write('as long as a call is')
  return once(socket, 'data')
}
await usedUsBy(call)
await usedUsBy(echo)
console.log(`call ${await usedUsBy(call)}`)
console.log(`echo ${await usedUsBy(echo)}`)
socket.destroy()
await removeFolder(place.folder ?? '')

async function usedUsBy(operation: () => Promise<unknown>): Promise<number> {
  const beforeUs = await usedUs()
  for (let each = 0; each < operations; each++) await operation()
  return ((await usedUs()) - beforeUs) / operations
}

async function usedUs(): Promise<number> {
  const { user, system } = process.cpuUsage()
  return (await adder.usedUs()) + user + system
}
