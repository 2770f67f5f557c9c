import { Dice } from './dice.ts'
import { array, number, type Part, text } from './bytes.ts'
import { bodyOf, flags, kind, textField, whole } from './fields.ts'
import type { Message } from './frame.ts'
import { attachProof, type Credential, loginLine } from './handshake.ts'
import { Onslaught } from './onslaught.ts'
import { Peer } from './peer.ts'
import { type Onset, SessionLog } from './session-log.ts'
import { type Granted, messageShot } from './shot.ts'
import { strangerLogin } from './strangers.ts'

/** What an intruder knows of the server. */
export interface Door {
  readonly address: string
  readonly authkey: Buffer
  /** What opens one object. */
  readonly capability: { readonly id: number; readonly secret: string }
  readonly hosts: readonly string[]
}

const patienceMs = 30_000
/** One session of so many never logs in. */
const sessionsPerStranger = 8
/** One of so many has but a capability. */
const sessionsPerVisitor = 4

const typeids = [
  'SharedList',
  'SharedMap',
  'SharedSet',
  'SharedValue',
  'SharedQueue',
  'SharedPriorityQueue',
  'SharedJoinableQueue',
  'SharedLock',
  'SharedRWLock',
  'SharedSemaphore',
  'SharedEvent',
  'SharedCondition',
  'SharedNamespace',
  'SharedArray',
] as const

/** One session of a hostile client. What it sends depends on the seed alone, and on the ids that it is given. */
export async function intrude(onset: Onset, door: Door, seed: number, mostFrames?: number): Promise<void> {
  const dice = new Dice(seed)
  const log = new SessionLog(onset, seed)
  const peer = await Peer.connect(door.address)
  try {
    const hello = await peer.next(patienceMs)
    if (hello === undefined) return log.failed('the server says no hello')
    if (dice.oneIn(sessionsPerStranger)) return await strangerLogin(peer, hello, door.authkey, log, dice)
    await new Intruder(peer, log, dice, door).run(hello, mostFrames)
  } finally {
    await peer.end(dice.oneIn(2) ? 'destroyed' : 'ended')
  }
}

class Intruder {
  readonly #peer: Peer
  readonly #log: SessionLog
  readonly #dice: Dice
  readonly #door: Door
  readonly #granted: Granted[] = []
  #requests = 0

  constructor(peer: Peer, log: SessionLog, dice: Dice, door: Door) {
    this.#peer = peer
    this.#log = log
    this.#dice = dice
    this.#door = door
  }

  async run(hello: Message, mostFrames = Infinity): Promise<void> {
    const isVisitor = this.#dice.oneIn(sessionsPerVisitor)
    const login = loginLine(hello, this.#credential(isVisitor))
    await this.#peer.send(login)
    const welcome = await this.#peer.next(patienceMs)
    if (welcome?.['kind'] !== 'welcome') return this.#log.failed(`no welcome, but ${JSON.stringify(welcome)}`)
    await (isVisitor ? this.#attach(hello, login) : this.#create())
    const frames = Math.min(this.#dice.between(100, 800), mostFrames)
    const start = { granted: this.#granted, hosts: this.#door.hosts, requests: this.#requests, isStrict: true }
    const onslaught = new Onslaught(this.#peer, this.#log, this.#dice, start)
    this.#peer.listen((message) => onslaught.heard(message))
    await onslaught.run(frames)
  }

  #credential(isVisitor: boolean): Credential {
    const { authkey, capability } = this.#door
    return isVisitor
      ? { kind: 'capability', id: capability.id, key: capability.secret }
      : { kind: 'authkey', id: 0, key: authkey }
  }

  async #attach(hello: Message, login: Message): Promise<void> {
    const { id, secret } = this.#door.capability
    await this.#ask('attach', [number(id), attachProof(hello, login, id, secret)])
  }

  async #create(): Promise<void> {
    await this.#ask('create', ['FuzzTarget'])
    const typeid = this.#dice.of(typeids)
    await this.#ask('create', typeid === 'SharedArray' ? [typeid, 'Int32Array', 16] : [typeid])
  }

  /** Asks the server itself for a reference. */
  async #ask(method: string, args: readonly Part[]): Promise<void> {
    const id = ++this.#requests
    const fields = [kind('call'), flags(0), whole('id', id), whole('to', 0), textField('name', text(method))]
    await this.#peer.write(messageShot(fields, bodyOf(array(...args))).bytes)
    const answer = await this.#peer.next(patienceMs)
    const granted = grantedBy(answer)
    if (granted === undefined)
      this.#log.failed(`no reference for ${method} ${String(args[0])}, but ${JSON.stringify(answer)}`)
    else this.#granted.push(granted)
  }
}

function grantedBy(answer: Message | undefined): Granted | undefined {
  const { references } = Object(answer) as { references?: readonly Message[] }
  const { id, shape } = Object(references?.[0]) as { id?: number; shape?: { members: Granted['members'] } }
  return id === undefined ? undefined : { id, members: shape?.members ?? [] }
}
