import { attach, type Reference, release } from 'referent'
import type { Room } from './lives.ts'

/** Enters a room by a reference to it, from a process that has nothing else. */
export async function enter(reference: Reference<Room>): Promise<void> {
  const room = await attach(reference)
  console.log(await room.enter())
  release(room)
}
