import type { SentFrame } from './session-log.ts'
import type { Tally } from './tally.ts'

/** Which sessions of a hostile peer to do again, from a file that a failed run wrote. */
export interface Replay {
  readonly direction: 'client' | 'server'
  readonly seed: number
  readonly sessions: readonly { readonly seed: number; readonly frames: number }[]
}

/** What a hostile process is told when it starts, as its only argument. */
export interface HostileOrder {
  readonly seed: number
  readonly lanes: number
  readonly mostFrames: number
  readonly batchLength: number
  /** Of the real server, or where the hostile one is to listen. */
  readonly address: string
  /** In hexadecimal digits. */
  readonly authkey: string
  readonly capability: { readonly id: number; readonly secret: string }
  readonly hosts: readonly string[]
  readonly replay: Replay['sessions'] | undefined
}

/** What processes of a run tell the one that started them. */
export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly what: string; readonly latest?: readonly SentFrame[] }
  /** A call took so long, of which so much was the machine's part. */
  | {
      readonly kind: 'slow'
      readonly fromMs: number
      readonly tookMs: number
      readonly stolenMs: number
      readonly computedByServerMs: number
    }
  | { readonly kind: 'tally'; readonly tally: Tally }
  | { readonly kind: 'latest'; readonly latest: readonly SentFrame[] }
  | { readonly kind: 'calls'; readonly calls: number; readonly slowestMs: number; readonly slowestOwnMs: number }
  /** In a replay: what the other side took long for, or closed the connection after. */
  | { readonly kind: 'noted'; readonly what: string }
  | { readonly kind: 'done' }

/** What they are told. */
export type Order = 'stop' | 'latest'
