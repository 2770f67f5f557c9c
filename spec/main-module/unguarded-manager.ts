import { Manager } from 'referent'
import { Counter } from '../harness/counter.ts'
import { hostOfProgram } from '../harness/hosts.ts'
import { tellStart } from './starts.ts'

tellStart()

// What brings the server to import this module.
Manager.register('Unguarded', () => ({ method: () => undefined }), { exposed: ['method'] })

async function main(): Promise<void> {
  await using manager = await Manager.start({ host: hostOfProgram() })
  const counter = await manager.create(Counter)
  await counter.wait()
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
