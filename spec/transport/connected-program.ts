// A program that does nothing but connect: `connected-program.ts <address> ref|unref`.
import { connectTo } from '../../lib/transport/open.ts'
import { say } from './say.ts'

const [address = '', mode] = process.argv.slice(2)
const transport = await connectTo(address, {})
transport.start({ message: () => undefined, closed: () => console.log('closed') })
say(transport, '"here"')
if (mode === 'unref') transport.unref()
