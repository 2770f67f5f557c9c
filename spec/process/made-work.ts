import { Process } from 'referent'
import { exitingWith } from './maker.ts'

// Exports a function that was written elsewhere.

export const made = exitingWith(6)

export function madeProcess(): Process {
  return new Process(made)
}
