import { LedgerWriter } from './ledger.ts'
import { Worker, type WorkerOrder } from './worker.ts'

// A process that is killed, or stands still, in the middle of whatever it does.

const order = JSON.parse(process.argv[2] ?? '') as WorkerOrder
const ledger = new LedgerWriter(order.folder, order.worker)
const worker = new Worker(order, ledger)
process.once('message', () => worker.stop())
// The soak has failed.
process.once('disconnect', () => process.exit(1))
process.send?.('works')
await worker.run()
process.removeAllListeners('disconnect')
process.disconnect()
