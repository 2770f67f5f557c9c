const mostLatency = 1.5
const leastRate = 1 / 3

/** @param sequential how many times the echo's time a call takes; `batched`: the same with 64 in flight */
export function judge(sequential: number, batched: number): { lines: string[]; areMet: boolean } {
  const rate = 1 / batched
  const verdicts = [
    {
      isMet: sequential <= mostLatency,
      text: `a call takes ${sequential.toFixed(2)}x the time of the bare echo (promised: at most ${mostLatency}x)`,
    },
    {
      isMet: rate >= leastRate,
      text: `64 in flight reach ${rate.toFixed(2)} of the rate of the bare echo (promised: at least ${leastRate.toFixed(2)})`,
    },
  ]
  return {
    lines: verdicts.map(({ isMet, text }) => `${isMet ? 'met    ' : 'NOT met'}  ${text}`),
    areMet: verdicts.every(({ isMet }) => isMet),
  }
}
