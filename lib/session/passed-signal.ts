/** An `AbortSignal` that a caller gave as `signal` of an argument that is a plain object: `{ signal, ... }`. */
export interface PassedSignal {
  readonly signal: AbortSignal
  /** Which argument. */
  readonly at: number
}

/**
 * The signal among the arguments of a call, if there is one. It is the call's own: what aborts it aborts the call, whose
 * method gets its `currentCall().signal` in the same place. Reads nothing that has code behind it.
 */
export function passedSignal(args: readonly unknown[]): PassedSignal | undefined {
  for (let at = args.length - 1; at >= 0; at--) {
    const signal = signalOf(args[at])
    if (signal !== undefined) return { signal, at }
  }
  return undefined
}

/** The signal that a passed one and that of the caller's options make: either aborts the call. */
export function withOwn(own: AbortSignal | undefined, passed: PassedSignal): AbortSignal {
  return own === undefined ? passed.signal : AbortSignal.any([own, passed.signal])
}

/** The arguments as they are sent: a signal isn't, and is there again at the other side. */
export function withoutSignal(args: readonly unknown[], { at }: PassedSignal): readonly unknown[] {
  const { signal: _, ...rest } = args[at] as { readonly signal: AbortSignal }
  return args.with(at, rest)
}

/** The arguments as they arrive, with the signal in its place: in `argument`, which is the one at that index. */
export function withSignal(
  args: readonly unknown[],
  at: number,
  argument: object,
  signal: AbortSignal,
): readonly unknown[] {
  return args.with(at, { ...argument, signal })
}

function signalOf(argument: unknown): AbortSignal | undefined {
  if (typeof argument !== 'object' || argument === null) return undefined
  const signal: unknown = Object.getOwnPropertyDescriptor(argument, 'signal')?.value
  if (!(signal instanceof AbortSignal)) return undefined
  return Object.getPrototypeOf(argument) === Object.prototype ? signal : undefined
}
