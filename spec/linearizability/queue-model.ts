import type { Model } from './history.ts'

/** A call of a bounded queue that gives first what was put first, with its result. No item is put twice. */
export type QueueCall =
  | { readonly kind: 'put'; readonly item: string }
  | { readonly kind: 'found full' }
  | { readonly kind: 'got'; readonly item: string }
  | { readonly kind: 'found empty' }
  /** By a process that died, so that it may come back: a certain item, or any. */
  | { readonly kind: 'took'; readonly by: string; readonly item?: string }
  | { readonly kind: 'gave back'; readonly by: string }

interface Numbered {
  readonly item: string
  readonly number: number
}

interface QueueState {
  readonly items: readonly Numbered[]
  /** What is in the hands of those that died. */
  readonly hands: ReadonlyMap<string, Numbered>
  readonly lastNumber: number
}

export function queueModel(maxSize: number): Model<QueueState, QueueCall> {
  return {
    initial: { items: [], hands: new Map(), lastNumber: 0 },

    step(state, call) {
      const { items } = state
      switch (call.kind) {
        case 'put':
          return items.length < maxSize ? put(state, call.item) : undefined
        case 'found full':
          return items.length >= maxSize ? state : undefined
        case 'got':
          return items[0]?.item === call.item ? { ...state, items: items.slice(1) } : undefined
        case 'found empty':
          return items.length === 0 ? state : undefined
        case 'took':
          return take(state, call.by, call.item)
        case 'gave back':
          return giveBack(state, call.by)
      }
    },

    // Which of two was put first is of no matter but to what comes back.
    keyOf({ items, hands }) {
      const shown = ({ item, number }: Numbered): string => (hands.size === 0 ? item : `${item}@${number}`)
      return `${items.map(shown).join()};${[...hands].map(([by, held]) => `${by}:${shown(held)}`).join()}`
    },
  }
}

function put(state: QueueState, item: string): QueueState {
  const number = state.lastNumber + 1
  return { ...state, items: [...state.items, { item, number }], lastNumber: number }
}

function take(state: QueueState, by: string, item: string | undefined): QueueState | undefined {
  const [first, ...items] = state.items
  if (first === undefined || (item !== undefined && item !== first.item)) return undefined
  return { ...state, items, hands: new Map([...state.hands, [by, first]]) }
}

/** Where it was before. */
function giveBack(state: QueueState, by: string): QueueState | undefined {
  const held = state.hands.get(by)
  if (held === undefined) return undefined
  const items = [...state.items, held].toSorted((one, other) => one.number - other.number)
  return { ...state, items, hands: new Map([...state.hands].filter(([holder]) => holder !== by)) }
}
