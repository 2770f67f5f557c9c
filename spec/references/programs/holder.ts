import { Manager } from 'referent'
import { Valve } from '../valve.ts'

// Holds a referent, and waits for a call of it until it is killed.

const [address = '', authkey = ''] = process.argv.slice(2)
const manager = await Manager.connect(address, { authkey: Buffer.from(authkey, 'hex') })
const valve = await manager.create(Valve, 'of the dead')
const ran = valve.run()
await valve.spawn('of nobody')
console.log('holds')
await ran
