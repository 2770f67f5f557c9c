import {
  createHistogram,
  type IntervalHistogram,
  monitorEventLoopDelay,
  type RecordableHistogram,
} from 'node:perf_hooks'
import type { CallMeter, Thrown } from '../session/call-meter.ts'
import type { IncomingCall } from '../session/incoming-call.ts'
import { serverTarget } from '../wire/message.ts'
import { CallLog, type CallLogOptions } from './call-log.ts'
import type { LoadInspection } from './inspection.ts'

/** Nothing is measured any more when nobody has looked for so long. */
const attentionMs = 15_000
/** What is told is of the last one or two of these. */
const windowMs = 5000
/** So many calls in a window are all timed, and of those after them one of so many: two looks at the clock cost a fifth of a call. */
const timedCalls = 1000
const sampled = 32
/** Of the timer that finds out how late the event loop is. */
const resolutionMs = 20

/** How long the calls of a server take, and its event loop, and what calls there are: measured while somebody looks. */
export class Meter implements CallMeter {
  isOn = false
  readonly log: CallLog
  /** It takes memory, and has a handle of the event loop. */
  #measured: Measured | undefined
  #attention: NodeJS.Timeout | undefined

  constructor(options: Omit<CallLogOptions, 'changed'>) {
    this.log = new CallLog({ ...options, changed: () => this.#update() })
  }

  begin(call: IncomingCall): void {
    const { isWatched } = this.log
    call.isTimed = this.#measured?.wantsNext() === true
    if (call.isTimed || isWatched) call.sinceMs = performance.now()
    if (isWatched) call.trace()
  }

  end(call: IncomingCall, thrown?: Thrown): void {
    if (call.sinceMs === 0 || call.request.to === serverTarget) return
    if (call.isTimed) this.#measured?.record(performance.now() - call.sinceMs)
    if (this.log.isWatched) this.log.add(call, thrown)
  }

  /** What was measured lately. From now on it is measured for some time: the first look sees nothing. */
  look(): LoadInspection {
    this.#attention ??= setTimeout(() => this.#stopLoad(), attentionMs).unref()
    this.#attention.refresh()
    this.#measured ??= new Measured()
    this.#update()
    const { rss, heapUsed } = process.memoryUsage()
    const { user, system } = process.cpuUsage()
    return {
      ...this.#measured.look(),
      cpuMs: (user + system) / 1000,
      rssBytes: rss,
      heapUsedBytes: heapUsed,
    }
  }

  /** Measures no more, and ends all watches. */
  stop(): void {
    this.log.end()
    this.#stopLoad()
  }

  #stopLoad(): void {
    clearTimeout(this.#attention)
    this.#attention = undefined
    this.#measured?.stop()
    this.#measured = undefined
    this.#update()
  }

  #update(): void {
    this.isOn = this.#measured !== undefined || this.log.isWatched
  }
}

/** What was measured in the present window of time, and in the one before. */
class Measured {
  readonly #current = createHistogram()
  readonly #previous = createHistogram()
  readonly #delays = monitorEventLoopDelay({ resolution: resolutionMs })
  #previousDelay: DelayInspection = { p99Ms: 0, maxMs: 0 }
  #windowStartMs = performance.now()
  /** How many calls have come in the present window. */
  #calls = 0

  constructor() {
    this.#delays.enable()
  }

  /** Whether the call that comes now is to be timed. */
  wantsNext(): boolean {
    const calls = ++this.#calls
    return calls <= timedCalls || calls % sampled === 0
  }

  record(ms: number): void {
    this.#current.record(Math.max(1, Math.round(ms * 1e6)))
  }

  look(): Pick<LoadInspection, 'latency' | 'eventLoopDelay'> {
    if (performance.now() - this.#windowStartMs > windowMs) this.#turn()
    const merged = createHistogram()
    merged.add(this.#previous)
    merged.add(this.#current)
    const delay = delayOf(this.#delays)
    return {
      latency: { count: merged.count, ...quantilesOf(merged) },
      eventLoopDelay: {
        p99Ms: Math.max(delay.p99Ms, this.#previousDelay.p99Ms),
        maxMs: Math.max(delay.maxMs, this.#previousDelay.maxMs),
      },
    }
  }

  stop(): void {
    this.#delays.disable()
  }

  #turn(): void {
    this.#previous.reset()
    this.#previous.add(this.#current)
    this.#current.reset()
    this.#previousDelay = delayOf(this.#delays)
    this.#delays.reset()
    this.#windowStartMs = performance.now()
    this.#calls = 0
  }
}

type DelayInspection = LoadInspection['eventLoopDelay']

function quantilesOf(histogram: RecordableHistogram): Omit<LoadInspection['latency'], 'count'> {
  if (histogram.count === 0) return { p50Ms: 0, p99Ms: 0, maxMs: 0 }
  return { p50Ms: histogram.percentile(50) / 1e6, p99Ms: histogram.percentile(99) / 1e6, maxMs: histogram.max / 1e6 }
}

/** By how much the timer was late. */
function delayOf(histogram: IntervalHistogram): DelayInspection {
  const lateMs = (ns: number): number => Math.max(0, ns / 1e6 - resolutionMs)
  if (histogram.count === 0) return { p99Ms: 0, maxMs: 0 }
  return { p99Ms: lateMs(histogram.percentile(99)), maxMs: lateMs(histogram.max) }
}
