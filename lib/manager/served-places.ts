import { rmSync } from 'node:fs'
import { processWide } from '../process-wide.ts'
import { type Place, socketPath } from '../transport/address.ts'

/**
 * Has nothing be left of a place where this process listens, should it end before the server does. Returns what undoes
 * that, for a server that has ended in order.
 */
export function removeAtExit(place: Place): () => void {
  places().add(place)
  return () => void places().delete(place)
}

function places(): Set<Place> {
  return processWide('served-places', () => {
    const served = new Set<Place>()
    process.on('exit', () => {
      for (const place of served) removeNow(place)
    })
    return served
  })
}

function removeNow({ address, folder }: Place): void {
  if (address.startsWith('pipe:')) return
  try {
    rmSync(folder ?? socketPath(address), { recursive: folder !== undefined, force: true })
  } catch {
    // What can't be removed stays: the process is at its end.
  }
}
