import type { Model } from './history.ts'

/** A call of a lock, with its result, by a process. */
export type LockCall =
  | { readonly kind: 'acquired'; readonly by: number }
  | { readonly kind: 'found held'; readonly by: number }
  | { readonly kind: 'saw its token'; readonly by: number; readonly token: number }
  | { readonly kind: 'released'; readonly by: number }
  | { readonly kind: 'ended'; readonly by: number }

interface LockState {
  readonly owner: number | undefined
  /** Whether `token` is that of the owner. */
  readonly isSeen: boolean
  /** The last one that anybody saw. */
  readonly token: number
}

export const lockModel: Model<LockState, LockCall> = {
  initial: { owner: undefined, isSeen: false, token: -1 },

  step(state, call) {
    const { owner, token, isSeen } = state
    const isMine = owner === call.by
    switch (call.kind) {
      case 'acquired':
        return owner === undefined ? { owner: call.by, isSeen: false, token } : undefined
      case 'found held':
        return owner !== undefined && !isMine ? state : undefined
      case 'saw its token':
        return isMine && (isSeen ? call.token === token : call.token > token)
          ? { owner, isSeen: true, token: call.token }
          : undefined
      case 'released':
        return isMine ? { owner: undefined, isSeen: false, token } : undefined
      case 'ended':
        return isMine ? { owner: undefined, isSeen: false, token } : state
    }
  },

  keyOf: ({ owner, isSeen, token }) => `${owner} ${isSeen} ${token}`,
}
