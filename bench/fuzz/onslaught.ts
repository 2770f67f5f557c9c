import type { Dice } from './dice.ts'
import { faultAttacks } from './faults.ts'
import { join, text, varint } from './bytes.ts'
import { frameOf, type Message } from './frame.ts'
import { heavyAttacks } from './heavy.ts'
import { messageAttacks } from './messages.ts'
import type { Peer } from './peer.ts'
import type { Attack, Granted, Shot, Situation } from './shot.ts'
import type { SessionLog } from './session-log.ts'
import { count } from './tally.ts'

/** One frame of so many takes the receiver long. */
const framesPerHeavy = 1000
/** One frame of so many breaks the protocol, or ends the connection. */
const framesPerFault = 30
/** How long the other side may take over what it was sent. Stalls are found out otherwise. */
const patienceMs = 60_000
/** The first number of the requests that ask whether all before them was read; far from all others. */
const firstProbe = 2 ** 40

/** One session of a hostile peer, once it has logged in: frame after frame, whatever the other side answers. */
export class Onslaught {
  readonly #peer: Peer
  readonly #situation: Situation
  readonly #log: SessionLog
  readonly #sent: Buffer[] = []
  readonly #forbidden = new Map<number, number | undefined>()
  readonly #known = new Set<number>()
  readonly #malformed = new Set<number>()
  readonly #isStrict: boolean
  #requests: number
  #probe = firstProbe
  #answeredProbe = firstProbe

  constructor(
    peer: Peer,
    log: SessionLog,
    dice: Dice,
    /** `isStrict`: the other side closes for no reason but that the page has */
    start: { granted: readonly Granted[]; hosts: readonly string[]; requests: number; isStrict: boolean },
  ) {
    this.#peer = peer
    this.#log = log
    this.#requests = start.requests
    this.#isStrict = start.isStrict
    const nextRequest = (): number => ++this.#requests
    const requests = (): number => this.#requests
    this.#situation = {
      dice,
      granted: start.granted,
      hosts: start.hosts,
      sent: this.#sent,
      nextRequest,
      get requests() {
        return requests()
      },
    }
    for (const { id } of start.granted) this.#known.add(id)
  }

  /** To be told each message of the other side. */
  heard(message: Message): void {
    for (const { kind, id } of referencesOf(message)) if (kind === 'referent') this.#known.add(Number(id))
    if (message['kind'] === 'ping') void this.#peer.write(frameOf([Buffer.of(17)]))
    if (message['kind'] === 'error') this.#refused(Number(message['id']), String(message['text']))
    if (message['kind'] === 'result') this.#answered(Number(message['id']))
  }

  /** Sends so many frames at most. Resolves when the connection is closed, or all of them were read. */
  async run(frames: number): Promise<void> {
    for (let left = frames; left > 0 && !this.#peer.isClosed && !this.#log.isStopped;) {
      const batch = this.#batch(Math.min(left, this.#log.batchLength))
      left -= batch.length
      await this.#send(batch)
    }
  }

  /** Ends with the first shot after which the other side needs time, or none is left. */
  #batch(length: number): Shot[] {
    const batch: Shot[] = []
    while (batch.length < length) {
      const shot = this.#shot()
      batch.push(shot)
      if (shot.breaks === true || shot.isHeavy === true || shot.isLast === true || shot.isSlow === true) break
    }
    return batch
  }

  #shot(): Shot {
    const { dice } = this.#situation
    const attack = weighted(dice.oneIn(framesPerHeavy) ? heavy : dice.oneIn(framesPerFault) ? faults : messages, dice)
    const shot = { ...attack.make(this.#situation), name: attack.name }
    if (shot.forbidden !== undefined) this.#forbidden.set(shot.forbidden.id, shot.forbidden.to)
    if (shot.malformed !== undefined) this.#malformed.add(shot.malformed.id)
    if (shot.bytes.length < 2000) this.#sent[dice.below(64)] = shot.bytes
    return shot
  }

  async #send(batch: readonly Shot[]): Promise<void> {
    const last = batch.at(-1)
    const turn = last?.isHeavy === true ? await this.#log.heavyTurn() : undefined
    try {
      for (const shot of batch) this.#log.sent(shot)
      const bytes = Buffer.concat(batch.map((shot) => shot.bytes))
      await (last?.isSlow === true ? this.#peer.writeSlowly(bytes) : this.#peer.write(bytes))
      if (last?.isLast === true) return await this.#end(last)
      await this.#settle(batch)
    } finally {
      turn?.()
    }
  }

  async #settle(batch: readonly Shot[]): Promise<void> {
    const probe = ++this.#probe
    // Nobody has such a property; the answer is an error, and comes when all before was read.
    await this.#peer.write(frameOf([join(2, 0, varint(probe), 0, text('probe'))]))
    const startMs = performance.now()
    await this.#peer.until(() => this.#answeredProbe === probe, patienceMs)
    const breaking = batch.find(({ breaks }) => breaks === true)
    this.#log.settled(performance.now() - startMs, this.#peer.isClosed)
    if (
      this.#peer.isClosed &&
      this.#isStrict &&
      batch.every(({ mayBreak, breaks }) => mayBreak !== true && breaks !== true)
    )
      this.#log.failed(`cut, though nothing broke the protocol: ${batch.map(({ name }) => name).join(', ')}`)
    if (this.#peer.isClosed)
      count(this.#log.tally.cuts, breaking === undefined ? this.#cause(batch) : 'as the page says')
    else if (this.#answeredProbe !== probe) this.#log.failed(`no answer within ${patienceMs} ms`)
    else if (breaking !== undefined) count(this.#log.tally.tolerated, breaking.name)
  }

  /** What may have led to a cut that the page doesn't announce. */
  #cause(batch: readonly Shot[]): string {
    return batch.length === 1 ? `by '${batch[0]?.name}'` : 'by one of several'
  }

  async #end({ name }: Shot): Promise<void> {
    // What is half a frame, the receiver keeps waiting for.
    await this.#peer.end(name === 'goodbye' ? 'ended' : 'destroyed')
  }

  #refused(id: number, said: string): void {
    if (id > firstProbe) this.#answeredProbe = id
    else this.#log.count('refused')
    if (this.#malformed.has(id) && !properCodes.some((code) => said.includes(code)))
      this.#log.failed(`request ${id} is malformed, and was answered with ${JSON.stringify(said.slice(0, 300))}`)
  }

  #answered(id: number): void {
    this.#log.count('answered')
    if (this.#malformed.has(id)) this.#log.failed(`request ${id} succeeded: it is malformed`)
    if (!this.#forbidden.has(id)) return
    const to = this.#forbidden.get(id)
    if (to !== undefined && this.#known.has(to)) return
    this.#log.failed(`request ${id} succeeded: ${to === undefined ? 'nobody exposed that' : `nobody granted ${to}`}`)
  }
}

function referencesOf(message: Message): readonly Message[] {
  const { references } = Object(message) as { references?: readonly Message[] }
  return references ?? []
}

/** What a malformed request fails with, or one that comes when its session may not. */
const properCodes = ['PROTOCOL', 'UNSERIALIZABLE', 'REFERENT_GONE', 'NOT_EXPOSED', 'OVERLOADED', 'SHUTTING_DOWN']

const messages = wheel(messageAttacks)
const faults = wheel(faultAttacks)
const heavy = wheel(heavyAttacks)

/** Each attack as often as it weighs. */
function wheel(attacks: readonly Attack[]): readonly Attack[] {
  return attacks.flatMap((attack) => Array.from({ length: attack.weight }, () => attack))
}

function weighted(choices: readonly Attack[], dice: Dice): Attack {
  return dice.of(choices as readonly [Attack, ...Attack[]])
}
