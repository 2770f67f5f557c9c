import { once } from 'node:events'
import { connect } from 'node:net'
import { Manager } from 'referent'
import type { Desk } from './desk.ts'

// Says how long bare bytes take there and back, and a call: of eleven the one in the middle, in milliseconds.

const [address = '', authkey = '', echo = ''] = process.argv.slice(2)
const { hostname, port } = new URL(`tcp://${echo}`)
const socket = connect({ host: hostname, port: Number(port), noDelay: true })
await once(socket, 'connect')
const manager = await Manager.connect(address, { authkey })
const desk = await manager.lookup<Desk>('desk')

console.log(
  await middle(async () => {
    socket.write('0123456789'.repeat(3))
    await once(socket, 'data')
  }),
)
console.log(await middle(() => desk.add(1)))
socket.destroy()
await manager.close()

async function middle(trip: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < 11; round++) {
    const startMs = performance.now()
    await trip()
    times.push(performance.now() - startMs)
  }
  return times.toSorted((one, other) => one - other)[5] ?? NaN
}
