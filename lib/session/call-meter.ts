/** What measures the requests of several sessions, while somebody looks. */
export interface CallMeter {
  readonly isOn: boolean
  /** A request has been answered, so many milliseconds after it came. */
  record(ms: number): void
}

/** For sessions that nobody looks at. */
export const noMeter: CallMeter = { isOn: false, record: () => undefined }
