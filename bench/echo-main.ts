// The entry of the echo's process: writes every chunk back as it came, and ends with its parent.
import { createServer } from 'node:net'

const server = createServer({ noDelay: true }, (socket) => socket.on('data', (chunk) => socket.write(chunk)))
server.listen({ path: process.argv[2] }, () => process.send?.('listening'))
process.once('disconnect', () => process.exit())
