import { parentPort, workerData } from 'node:worker_threads'
import type { Reference } from 'referent'
import type { Item } from '../shelf.ts'
import { touchAll } from './touch.ts'

// A worker thread: it gets references as its data, and then as messages.

parentPort?.on('message', (references: Reference<Item>[]) => void answer(references))
void answer(workerData as Reference<Item>[])

async function answer(references: readonly Reference<Item>[]): Promise<void> {
  parentPort?.postMessage(await touchAll(references))
}
