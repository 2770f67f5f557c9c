import { once } from 'node:events'
import { isMain, isManagerError, Manager } from 'referent'

// Loses a server that doesn't come back; then has nothing left to do, or waits for it.

async function main(address: string, authkey: string, waits: boolean): Promise<void> {
  const manager = await Manager.connect(address, { authkey, reconnectMs: waits ? 300 : 60_000 })
  const alive = setInterval(() => undefined, 1000)
  console.log('connected')
  await once(manager, 'session')
  clearInterval(alive)
  console.log('lost')
  if (waits) await manager.inspect().catch((error: unknown) => console.log(isManagerError(error) && error.code))
}

const [address = '', authkey = '', how] = process.argv.slice(2)
if (isMain(import.meta)) await main(address, authkey, how === 'waits')
