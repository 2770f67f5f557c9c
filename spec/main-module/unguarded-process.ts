import { Process } from 'referent'
import { tellStart } from './starts.ts'

tellStart()

export async function work(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 200))
}

async function main(): Promise<void> {
  const child = new Process(work)
  child.start()
  process.exitCode = (await child.join()) ?? 0
}

switch (process.env['HOW'] ?? '') {
  case 'awaits':
    await main()
    break
  case 'floats':
    void main()
    break
  case 'delays':
    setTimeout(() => void main(), 50)
}
