/** What a process has at some moment that it could leave behind, each as a list or a count by name. */
export interface Traces {
  readonly files: readonly string[]
  readonly resources: readonly string[]
  readonly timers: number
  readonly listeners: readonly (readonly [event: string, count: number])[]
  readonly temporary: readonly string[]
  readonly children: readonly string[]
}
