import { isMain, Manager } from 'referent'
import { Worker } from '../worker.ts'

// Has listeners that throw, loses its server, which is started anew, and closes it.

async function main(): Promise<void> {
  process.on('uncaughtException', ({ message }) => console.log(`uncaught: ${message}`))
  const manager = await Manager.start({ restart: 'on-failure' })
  for (const event of ['exit', 'restart', 'session'] as const) manager.on(event, () => fail(event))
  process.kill(manager.pid, 'SIGKILL')
  await manager.create(Worker).catch(() => undefined)
  await (
    await manager.create(Worker)
  ).runs
  console.log('answers again')
  await manager.close()
  console.log('closed')
}

function fail(event: string): never {
  throw new Error(event)
}

if (isMain(import.meta)) await main()
