import { isMain, Manager } from 'referent'

// A program whose manager has an inspector, until it is told to close it.

if (isMain(import.meta)) {
  const manager = await Manager.start({ inspector: { allowCalls: true } })
  const told = { url: manager.inspector?.url(), pid: manager.pid }
  const waiting = setInterval(() => undefined, 1000)
  process.once('SIGUSR2', () => {
    clearInterval(waiting)
    void manager.close()
  })
  console.log(`told ${JSON.stringify(told)}`)
}
