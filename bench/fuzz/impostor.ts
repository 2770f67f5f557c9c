import type { Socket } from 'node:net'
import { answerTo } from './answers.ts'
import { Dice } from './dice.ts'
import type { Message } from './frame.ts'
import { helloLine, welcomeLine } from './handshake.ts'
import { Onslaught } from './onslaught.ts'
import { Peer } from './peer.ts'
import { type Onset, SessionLog } from './session-log.ts'
import type { Granted } from './shot.ts'
import { strangeHello, strangeWelcome } from './strangers.ts'

/** What a hostile server has. */
export interface Den {
  readonly authkey: Buffer
  readonly hosts: readonly string[]
}

const patienceMs = 30_000
/** One session of so many never comes to be. */
const sessionsPerStranger = 8

/** What clients pass by reference gets small numbers: functions, streams to write to, objects. */
const guesses: readonly Granted[] = [1, 2, 3, 4].map((id) => ({
  id,
  members: ['', 'write', 'close', 'abort'].map((name) => [name, 'method']),
}))

/** One session of a hostile server. What it sends depends on the seed, and on what the client asks for. */
export async function impersonate(
  onset: Onset,
  den: Den,
  socket: Socket,
  seed: number,
  mostFrames = Infinity,
): Promise<void> {
  const dice = new Dice(seed)
  const log = new SessionLog(onset, seed)
  const peer = new Peer(socket)
  try {
    if (dice.oneIn(sessionsPerStranger)) return await strangeHello(peer, log, dice)
    const hello = helloLine()
    await peer.send(hello)
    const login = await peer.next(patienceMs)
    // The client may have given up meanwhile.
    if (login === undefined) return
    if (dice.oneIn(sessionsPerStranger)) return await strangeWelcome(peer, hello, login, den.authkey, log, dice)
    await peer.send(welcomeLine(hello, login, den.authkey))
    await attack(peer, den, log, dice, mostFrames)
  } finally {
    await peer.end(dice.oneIn(2) ? 'destroyed' : 'ended')
  }
}

async function attack(peer: Peer, { hosts }: Den, log: SessionLog, dice: Dice, mostFrames: number): Promise<void> {
  const start = { granted: guesses, hosts, requests: 0, isStrict: false }
  const onslaught = new Onslaught(peer, log, dice, start)
  let hasHeard = false
  peer.listen((message) => {
    hasHeard = true
    onslaught.heard(message)
    answer(message)
  })
  // Who speaks right after the welcome is cut off at times: the client has to read that first.
  if (!dice.oneIn(sessionsPerStranger)) await peer.until(() => hasHeard, patienceMs)
  // Half of them say only what they are asked for, so that clients get further.
  if (dice.oneIn(2)) await peer.isCut(dice.between(100, 1500))
  await onslaught.run(Math.min(dice.between(50, 600), mostFrames))

  // Of dice of its own: when requests come is the client's affair.
  function answer(message: Message): void {
    const own = new Dice(dice.seed + 7919 * Number(message['id'] ?? message['stream'] ?? 0))
    for (const shot of answerTo(message, own, hosts)) {
      log.sent(shot)
      void peer.write(shot.bytes)
    }
  }
}
