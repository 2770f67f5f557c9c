import { processWide } from './process-wide.ts'

/** Runs `body`, which can't wait for anything, when this process or thread exits. Returns what undoes that. */
export function atExit(body: () => void): () => void {
  bodies().add(body)
  return () => void bodies().delete(body)
}

function bodies(): Set<() => void> {
  return processWide('at-exit', () => {
    const all = new Set<() => void>()
    process.on('exit', () => {
      for (const body of all) body()
    })
    return all
  })
}
