import type { Model } from './history.ts'

/** A call of a map of numbers, with its result, and one key: the keys of a map are linearizable each for itself. */
export type MapCall =
  | { readonly kind: 'get'; readonly value: number | undefined }
  | { readonly kind: 'set'; readonly value: number }
  /** Whether there was something; undefined, also below, where nobody knows. */
  | { readonly kind: 'delete'; readonly had: boolean | undefined }
  | {
      readonly kind: 'compare and set'
      readonly expected: number
      readonly value: number
      readonly isSet: boolean | undefined
    }
  | { readonly kind: 'increment'; readonly sum: number | undefined }

interface Cell {
  readonly value: number | undefined
}

export const mapModel: Model<Cell, MapCall> = {
  initial: { value: undefined },

  step({ value }, call) {
    switch (call.kind) {
      case 'get':
        return value === call.value ? { value } : undefined
      case 'set':
        return { value: call.value }
      case 'delete':
        return fits(call.had, value !== undefined) ? { value: undefined } : undefined
      case 'compare and set': {
        const isSet = value === call.expected
        return fits(call.isSet, isSet) ? { value: isSet ? call.value : value } : undefined
      }
      case 'increment': {
        const sum = (value ?? 0) + 1
        return fits(call.sum, sum) ? { value: sum } : undefined
      }
    }
  },

  keyOf: ({ value }) => String(value),
}

function fits<T>(seen: T | undefined, result: T): boolean {
  return seen === undefined || seen === result
}
