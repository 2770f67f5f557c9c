import { isMain, Manager, Process } from 'referent'

// Prints how it fails to start processes where there is no Node to start.

export function work(): void {}

function report(what: string): (error: unknown) => void {
  return (error) =>
    console.log(what, error instanceof Error ? `${Reflect.get(error, 'code')}: ${error.message}` : error)
}

if (isMain(import.meta)) {
  process.execPath = '/nowhere/node'
  const child = new Process(work)
  child.start()
  await child.join().catch(report('process'))
  await Manager.start().catch(report('manager'))
  child.kill()
  await child.close()
  console.log('closed')
}
