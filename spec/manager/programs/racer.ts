import { isMain, isManagerError, Manager } from 'referent'

// Serves, or starts a server, at each address that it is sent, and tells what came of it.

async function attempt(address: string): Promise<string> {
  const options = { address, authkey: 'of the race' }
  try {
    const { pid } = await (process.argv[2] === 'starts' ? Manager.start(options) : Manager.serve(options))
    return `served by ${pid}`
  } catch (error) {
    return isManagerError(error) ? `${error.code}: ${error.message}` : String(error)
  }
}

if (isMain(import.meta)) {
  process.on('message', (address) => {
    void attempt(String(address)).then((outcome) => process.send?.(outcome))
  })
  process.once('disconnect', () => process.exit())
  process.send?.('ready')
}
