// A server, a producer and a consumer that share a queue over TLS. Each could be on a machine of its own: all that the others
// need of the server is its address and the authkey.
import { isMain, Manager, Process, SharedQueue } from 'referent'

interface Service {
  readonly address: string
  readonly authkey: Uint8Array
}

export async function produce({ address, authkey }: Service) {
  const manager = await Manager.connect(address, { authkey })
  const orders = await manager.lookup<SharedQueue<string>>('orders')
  for (const order of ['tea', 'coffee', 'cake']) await orders.put(order)
  await orders.close()
  await manager.close()
}

export async function consume({ address, authkey }: Service) {
  const manager = await Manager.connect(address, { authkey, reconnectMs: 10_000 })
  const orders = await manager.lookup<SharedQueue<string>>('orders')
  for await (const order of orders) console.log(`served ${order}`)
  await manager.close()
}

if (isMain(import.meta)) {
  await using manager = await Manager.start({ address: 'tls://127.0.0.1:0' })
  await manager.named('orders', SharedQueue)
  console.log(`listening at ${manager.address.replace(/\d+$/, 'a free port')}`)

  const service = { address: manager.address, authkey: manager.authkey.bytes }
  const programs = [new Process(consume, [service]), new Process(produce, [service])]
  for (const program of programs) program.start()
  for (const program of programs) await program.join()
}
