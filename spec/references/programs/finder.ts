import { Manager } from 'referent'
import type { Item } from '../shelf.ts'

// Finds a referent by its name.

const [address = '', authkey = ''] = process.argv.slice(2)
await using manager = await Manager.connect(address, { authkey: Buffer.from(authkey, 'hex') })
const item = await manager.lookup<Item>('found')
console.log(`${await item.label} touched ${await item.touch()}`)
