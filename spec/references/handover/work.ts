import { Process, type Remote, release } from 'referent'
import type { Item, Shelf } from '../shelf.ts'
import { report, touch } from './touch.ts'

/** Calls each of the items, and leaves a report on the shelf. */
export async function touchItems(items: readonly Remote<Item>[], shelf: Remote<Shelf>): Promise<void> {
  await shelf.put(`report ${process.pid}`, await report(items.map((item) => touch(item))))
}

/** A child of a `Process` that is done when it has started. */
export function processOf(items: readonly Remote<Item>[], shelf: Remote<Shelf>): Process {
  return new Process(touchItems, [items, shelf])
}

/** Hands all it got to a process of its own, and lets go of it at once. */
export async function passOn(items: readonly Remote<Item>[], shelf: Remote<Shelf>): Promise<void> {
  const child = new Process(makeMore, [items, shelf])
  child.start()
  for (const item of items) release(item)
  release(shelf)
  await child.join()
}

/** Calls each of the items, and others that they make. */
export async function makeMore(items: readonly Remote<Item>[], shelf: Remote<Shelf>): Promise<void> {
  const made = await Promise.all(items.map((item) => item.another('made for the third process')))
  await touchItems([...items, ...made], shelf)
  await shelf.put('made', made)
}

/** A `Process` that hands what it gets to a third. */
export function processThatPassesOn(items: readonly Remote<Item>[], shelf: Remote<Shelf>): Process {
  return new Process(passOn, [items, shelf])
}
