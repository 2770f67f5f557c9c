/** Keeps this thread from doing anything else for so long, without computing. */
export function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

export function blockForEver(): never {
  for (;;) block(60_000)
}
