import { Manager, SharedMap } from 'referent'

// A client of the manager whose address and authkey its environment has, until it is killed.

const { ADDRESS_OF_MANAGER: address = '', AUTHKEY = '' } = process.env
const manager = await Manager.connect(address, { authkey: Buffer.from(AUTHKEY, 'hex') })
const map = await manager.create(SharedMap)
console.log('ready')
setInterval(() => void map.set('at', Date.now()), 1000)
