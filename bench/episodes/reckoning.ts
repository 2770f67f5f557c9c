import type { Deed, LedgerLine, State } from './ledger.ts'

/** What the server had in the end. */
export interface Remains {
  readonly queue: readonly string[]
  readonly tasks: readonly string[]
}

/** The lines of one turn of an event loop are not further apart. */
const atOnceMs = 20

/** A call, from its first line to its last. */
interface Call {
  readonly worker: string
  readonly deed: Deed
  readonly key: string
  readonly begunAt: number
  readonly endedAt: number
  readonly state: State
  readonly value: unknown
  readonly isStale: boolean
}

/** Holds the ledgers against each other, and against what the server had in the end. */
export class Reckoning {
  readonly wrong: string[] = []
  readonly counts = { calls: 0, done: 0, unknown: 0, 'not sent': 0, lost: 0, doubled: 0, hung: 0 }
  /** What nobody can know better: it died with who had taken it, or was told to who stood still or was killed in that moment. */
  readonly excused = { 'with its taker': 0, 'while it stood still': 0, 'again, its taker killed at once': 0 }
  readonly #lines: readonly LedgerLine[]
  readonly #killed: ReadonlySet<string>
  readonly #calls: readonly Call[]
  readonly #lastLines: ReadonlyMap<string, number>

  constructor(lines: readonly LedgerLine[], killed: ReadonlySet<string>, remains: Remains) {
    this.#lines = lines
    this.#killed = killed
    this.#calls = callsOf(lines)
    this.#lastLines = new Map(lines.map(({ worker, at }) => [worker, at]))
    this.#settled()
    this.#items(this.#of('put'), this.#of('get'), remains.queue)
    this.#items(this.#of('put task'), this.#of('finish task'), remains.tasks)
    this.#locks(this.#of('acquire'), this.#of('release'))
    this.#locks(this.#of('hold'), this.#of('leave'))
    this.#locks(this.#of('inside'), this.#of('run'))
    this.#rings()
    this.#tasks()
  }

  #of(deed: Deed): readonly Call[] {
    return this.#calls.filter((call) => call.deed === deed)
  }

  #settled(): void {
    for (const { state, worker, deed, key } of this.#calls) {
      this.counts.calls++
      if (state === 'done' || state === 'none') this.counts.done++
      if (state === 'unknown') this.counts.unknown++
      if (state === 'not-sent') this.counts['not sent']++
      if (state === 'hung' || (state === 'begun' && !this.#killed.has(worker))) this.#is('hung', `${deed} ${key}`)
    }
    for (const { deed, worker, value } of this.#lines) {
      if (deed === 'wrong') this.wrong.push(`${worker}: ${String(value).split('\n', 1)[0]}`)
    }
  }

  /** Each item that was put is taken once, or left. */
  #items(puts: readonly Call[], takes: readonly Call[], left: readonly string[]): void {
    const taken = grouped(
      takes.filter(({ state }) => state === 'done'),
      itemOf,
    )
    const mayBeTaken = new Set(takes.filter(({ state }) => state === 'unknown' || state === 'begun').map(itemOf))
    let openTakes = takes.filter(({ state, worker }) => state === 'begun' && this.#killed.has(worker)).length
    const remaining = grouped(left, (item) => item)
    for (const { key, state } of puts) {
      const times = this.#timesTaken(taken.get(key) ?? []) + (remaining.get(key) ?? []).length
      if (times > 1)
        this.#is(
          'doubled',
          `${key}, ${[...(taken.get(key) ?? []).map(({ worker, endedAt }) => `taken by ${worker} at ${endedAt}`), ...(remaining.has(key) ? ['left'] : [])].join(', ')}`,
        )
      if (times > 0 && (state === 'none' || state === 'not-sent'))
        this.wrong.push(`${key} is there, but was '${state}'`)
      if (times > 0 || state !== 'done' || (taken.get(key) ?? []).length > 0) continue
      if (mayBeTaken.has(key) || openTakes-- > 0) this.excused['with its taker']++
      else this.#is('lost', key)
    }
  }

  /** Of those that took one item, those who know that they had it in time. */
  #timesTaken(takes: readonly Call[]): number {
    if (takes.length < 2) return takes.length
    const still = takes.filter(({ isStale }) => isStale).length
    const killed = takes.filter((take) => !take.isStale && this.#wasKilledAtOnce(take)).length
    this.excused['while it stood still'] += still
    this.excused['again, its taker killed at once'] += killed
    return takes.length - still - killed
  }

  /** Before what confirms it could leave, which it does at the end of that turn of its event loop. */
  #wasKilledAtOnce({ worker, endedAt }: Call): boolean {
    return this.#killed.has(worker) && (this.#lastLines.get(worker) ?? 0) - endedAt < atOnceMs
  }

  /** Nobody is told that it has a lock while another one has it that later gave it back in order. */
  #locks(takes: readonly Call[], returns: readonly Call[]): void {
    const returned = new Map(returns.filter(({ state }) => state === 'done').map((call) => [call.key, call]))
    const told = takes.flatMap(toldOf).toSorted((one, other) => one.at - other.at)
    for (const [index, holder] of told.entries()) {
      const back = returned.get(holder.key)
      if (back === undefined || holder.isStale) continue
      const until = holder.deed === 'inside' ? holder.endedAt : back.begunAt
      for (let next = index + 1; (told[next]?.at ?? Infinity) < until; next++) this.#toldToo(holder, told[next])
    }
  }

  #toldToo(holder: Call, other: Call | undefined): void {
    if (other?.isStale === true) this.excused['while it stood still']++
    else this.#is('doubled', `a lock: ${other?.key} was told that it has what ${holder.key} had`)
  }

  /** Who answered a ring has heard it, once. */
  #rings(): void {
    const heard = new Map<string, number>()
    for (const { deed, key, value } of this.#lines) {
      if (deed !== 'rang') continue
      const id = `${key} ${String(value)}`
      heard.set(id, (heard.get(id) ?? 0) + 1)
      if (heard.get(id) === 2) this.#is('doubled', `${id} heard it twice`)
    }
    for (const { key, state, value } of this.#of('ring')) {
      for (const name of state === 'done' ? (value as string[]) : []) {
        if (!heard.has(`${key} ${name}`)) this.#is('lost', `${name} answered ${key} and hasn't heard it`)
      }
    }
  }

  /** A task that was answered has run once, each other one not twice. */
  #tasks(): void {
    const ran = grouped(
      this.#lines.filter(({ deed }) => deed === 'ran'),
      ({ key }) => key,
    )
    for (const { key, state } of this.#of('apply')) {
      const times = ran.get(key)?.length ?? 0
      if (times > 1) this.#is('doubled', `${key} ran ${times} times`)
      if (times === 0 && state === 'done') this.#is('lost', `${key} was answered and hasn't run`)
      if (times > 0 && state === 'not-sent') this.wrong.push(`${key} has run, but was not sent`)
    }
  }

  #is(what: 'lost' | 'doubled' | 'hung', name: string): void {
    this.counts[what]++
    this.wrong.push(`${what}: ${name}`)
  }
}

/** What a `get` resolved with, or a `finish task` was about. */
function itemOf({ deed, key, value }: Call): string {
  return deed === 'get' ? String(value) : key
}

/** When it was told that it has a lock, where it was. */
function toldOf(take: Call): (Call & { readonly at: number })[] {
  if (take.deed === 'inside') return [{ ...take, at: take.begunAt }]
  return take.state === 'done' ? [{ ...take, at: take.endedAt }] : []
}

function grouped<T>(list: readonly T[], keyOf: (each: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const each of list) {
    const group = groups.get(keyOf(each))
    if (group === undefined) groups.set(keyOf(each), [each])
    else group.push(each)
  }
  return groups
}

function callsOf(lines: readonly LedgerLine[]): Call[] {
  const calls = new Map<string, Call>()
  for (const { at, worker, deed, key, state, value, isStale = false } of lines) {
    if (deed === 'rang' || deed === 'ran' || deed === 'wrong') continue
    // An item may be finished by one after another.
    const id = `${worker} ${deed} ${key}`
    const begunAt = calls.get(id)?.begunAt ?? at
    calls.set(id, { worker, deed, key, begunAt, endedAt: at, state, value, isStale })
  }
  return [...calls.values()]
}
