import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Heartbeat, type Watched } from '../../lib/session/heartbeat.ts'
import { within } from '../harness/eventually.ts'

/** A session to watch, that does what a spec says, and counts. */
class Peer implements Watched {
  readonly peer = 'the peer'
  queuedBytes = 0
  isBusy = false
  pings = 0
  busyPings = 0
  /** Called with the number of each ping. */
  pinged: (ping: number) => void = () => undefined
  readonly lost: Promise<Error>
  lose: (error: Error) => void = () => undefined

  constructor() {
    this.lost = new Promise((resolve) => (this.lose = resolve))
  }

  isPeerBusy(): boolean {
    return this.isBusy
  }

  ping(): void {
    this.pinged(++this.pings)
  }
}

const options = { intervalMs: 5, missed: 3 }

/** Resolves when so many pings were sent and the peer isn't lost. */
async function outlives(peer: Peer, pings: number): Promise<void> {
  const counted = new Promise<'alive'>((resolve) => {
    const before = peer.pinged
    peer.pinged = (ping) => {
      before(ping)
      if (ping === pings) resolve('alive')
    }
  })
  // The timer of a heartbeat keeps no process alive.
  assert.equal(await within('the pings', Promise.race([counted, peer.lost])), 'alive')
}

describe('a heartbeat', { timeout: 30_000 }, () => {
  it('loses a peer that is silent for as many beats as may be missed', async () => {
    const peer = new Peer()
    const heartbeat = new Heartbeat(options, peer)
    const error = await within('the peer is lost', peer.lost)
    assert.equal(Reflect.get(error, 'code'), 'SESSION_LOST')
    assert.match(error.message, /the peer gave no sign of life for 3 heartbeats of 5 ms/)
    assert.equal(peer.pings, 3)
    heartbeat.stop()
  })

  it('knows for how long a peer has been silent', async () => {
    const peer = new Peer()
    const heartbeat = new Heartbeat({ intervalMs: 5, missed: 1000 }, peer)
    assert.equal(heartbeat.quietMs, 0)
    await outlives(peer, 4)
    assert.ok(heartbeat.quietMs >= 10)
    heartbeat.heard()
    assert.equal(heartbeat.quietMs, 0)
    heartbeat.stop()
  })

  it('keeps one of which anything is heard', async () => {
    const peer = new Peer()
    const heartbeat = new Heartbeat(options, peer)
    peer.pinged = (ping) => {
      if (ping % 3 === 0) heartbeat.heard()
    }
    await outlives(peer, 20)
    heartbeat.stop()
  })

  it('keeps one that reads what was sent to it', async () => {
    const peer = new Peer()
    const heartbeat = new Heartbeat(options, peer)
    peer.queuedBytes = 1000
    peer.pinged = () => peer.queuedBytes--
    await outlives(peer, 20)
    heartbeat.stop()
  })

  it('gives one that computes twenty times as long, and no longer', async () => {
    const peer = new Peer()
    peer.isBusy = true
    const heartbeat = new Heartbeat(options, peer)
    await outlives(peer, 50)
    assert.match((await within('the peer is lost', peer.lost)).message, /for 60 heartbeats/)
    heartbeat.stop()
  })

  it('takes what it missed while its own process was blocked for one beat', async () => {
    const peer = new Peer()
    const heartbeat = new Heartbeat(options, peer)
    const untilMs = performance.now() + 100
    while (performance.now() < untilMs);
    await new Promise((resolve) => setTimeout(resolve, 1))
    heartbeat.heard()
    await outlives(peer, 3)
    heartbeat.stop()
  })

  it('never beats where its interval is 0', async () => {
    const peer = new Peer()
    const heartbeat = new Heartbeat({ intervalMs: 0, missed: 1 }, peer)
    await new Promise((resolve) => setTimeout(resolve, 20))
    assert.equal(peer.pings, 0)
    heartbeat.stop()
  })
})
