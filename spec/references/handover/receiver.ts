import type { Reference } from 'referent'
import type { Item } from '../shelf.ts'
import { touchAll } from './touch.ts'

// A child by `fork`, of `node:child_process` or `node:cluster`: it gets references as a message, and nothing else.

// What a worker of a cluster is told before it listens is lost.
process.send?.('listens')
process.once('message', (references: Reference<Item>[]) => {
  void touchAll(references).then((report) => process.send?.(report, () => process.disconnect()))
})
