import type { Remote } from '../../lib/proxy/remote.ts'

// remote.spec.ts compiles this and reads the types that the compiler writes for it.

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json }

export declare class Sample {
  getStorage(): [data: number, random: number, value: number][]
  tag(text: string, weight?: number): Json
  follow(peer: Sample): AsyncGenerator<Sample, void>
}

declare const shared: Remote<Sample>
export const proxy = shared
export const { getStorage, tag, follow } = shared
