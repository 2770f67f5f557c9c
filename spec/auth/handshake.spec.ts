import assert from 'node:assert/strict'
import { getEventListeners, once } from 'node:events'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { createNonce, deriveCapability, type Nonces, prove, ServerIdentity } from '../../lib/auth/proofs.ts'
import { HandshakeChannel, type Line } from '../../lib/auth/handshake-channel.ts'
import { admit, type Credential, type ServerCredentials, logIn } from '../../lib/auth/handshake.ts'
import { createMemoryPair } from '../../lib/transport/memory.ts'
import { Inbox } from '../transport/inbox.ts'
import { say } from '../transport/say.ts'
import { againstBareSocket } from '../transport/sockets.ts'
import { framesIn } from '../wire/frames.ts'
import { LoggedTransport } from './logged-transport.ts'

const key = Buffer.from('swordfish, long enough to be found')
const otherKey = Buffer.from('another, long enough to be found')
const secret = deriveCapability(key, 7)
const settings = { callTimeoutMs: 250, reconnectMs: 1000, heartbeat: { intervalMs: 5000, missed: 3 } }
const identity = new ServerIdentity()
const { serverId } = identity
const welcome = {
  serverPid: 4711,
  sessionId: 's1',
  address: 'unix:/a',
  settings,
  maxTextBytes: 4096,
  serializer: 'binary',
} as const
const said = {
  kind: 'welcome',
  pid: 1,
  session: 's1',
  address: '',
  callTimeoutMs: 0,
  reconnectMs: 0,
  heartbeatMs: 0,
  missed: 3,
  maxTextBytes: 4096,
  serializer: 'binary',
}
const gate: ServerCredentials = {
  identity,
  keyFor: (kind, id) => (kind === 'authkey' ? key : Buffer.from(deriveCapability(key, id))),
  welcome: () => welcome,
}
const withKey: Credential = { kind: 'authkey', key }
const withWrongKey: Credential = { kind: 'authkey', key: otherKey }
const withCapability: Credential = { kind: 'capability', serverId, id: 7, secret }

const notObjects = ['null', '5', '"hello"', '[]'].map((text) => [text, /not an object/] as const)

describe('the handshake', { timeout: 10_000 }, () => {
  it('tells both sides of each other where both know the key', async () => {
    const { client, server, nonces } = await shakeHands(withKey)
    const value = { ...welcome, serverId, nonces }
    assert.deepEqual(client, { status: 'fulfilled', value })
    assert.deepEqual(server, { status: 'fulfilled', value: { authority: 'all', pid: process.pid, ...value } })
  })

  it('grants who knows a capability that and no more', async () => {
    const { client, server, nonces } = await shakeHands(withCapability)
    const value = { ...welcome, serverId, nonces }
    assert.deepEqual(client, { status: 'fulfilled', value })
    assert.deepEqual(server, { status: 'fulfilled', value: { authority: 'granted', pid: process.pid, ...value } })
  })

  it('sends neither the key nor the capability', async () => {
    for (const credential of [withKey, withWrongKey, withCapability]) {
      const { lines } = await shakeHands(credential)
      assert.equal(lines.length, 3)
      assert.doesNotMatch(JSON.stringify(lines), secrets)
    }
  })

  it('has each line in a frame of its own, also where the session begins in the same turn', async () => {
    const chunks: Buffer[] = []
    await againstBareSocket(async (near, far) => {
      far.on('data', (chunk) => chunks.push(chunk))
      const talk = new HandshakeChannel(near, AbortSignal.timeout(5000))
      talk.send({ kind: 'welcome' })
      say(near, 'ping')
      near.close()
      await once(far, 'end')
    })
    const frames = framesIn(Buffer.concat(chunks))
    assert.deepEqual(
      frames.map(({ messages }) => messages.map((message) => Buffer.from(message).toString())),
      [['{"kind":"welcome"}'], ['ping']],
    )
  })

  it('leaves no listener at the signal', async () => {
    const { signal } = new AbortController()
    await shakeHands(withKey, gate, signal)
    await shakeHands(withWrongKey, gate, signal)
    assert.equal(getEventListeners(signal, 'abort').length, 0)
  })
})

describe('a server', { timeout: 10_000 }, () => {
  it('refuses a wrong key, and both sides know why', async () => {
    const { client, server } = await shakeHands(withWrongKey)
    for (const side of [client, server]) failsWith(side, 'AUTH_FAILED', /refused the authkey/)
  })

  it('refuses a wrong capability, and both sides know why', async () => {
    const forged: Credential = { ...withCapability, secret: deriveCapability(otherKey, 7) }
    const otherId: Credential = { ...withCapability, id: 8 }
    for (const credential of [forged, otherId]) {
      const { client, server } = await shakeHands(credential)
      for (const side of [client, server]) failsWith(side, 'AUTH_FAILED', /refused the capability/)
    }
  })

  it('takes neither a capability for the key nor the key for a capability', async () => {
    failsWith((await shakeHands({ kind: 'authkey', key: Buffer.from(secret) })).server, 'AUTH_FAILED')
    failsWith((await shakeHands({ ...withCapability, secret: key.toString() })).server, 'AUTH_FAILED')
  })

  it('refuses a login that was recorded, and the proof of a server as that of a client', async () => {
    const { lines } = await shakeHands(withKey)
    const [, login, answer] = lines
    assert.equal(answer?.['kind'], 'welcome')
    failsWith(await admitted(() => login), 'AUTH_FAILED')
    failsWith(await admitted(() => ({ ...login, proof: answer?.['proof'] })), 'AUTH_FAILED')
    failsWith(await admitted((hello) => ({ ...login, proof: proofs(hello, login).server })), 'AUTH_FAILED')
    assert.equal((await admitted((hello) => ({ ...login, proof: proofs(hello, login).client }))).status, 'fulfilled')
  })

  it('refuses a client of another version, naming both', async () => {
    const outcome = await admitted(() => ({ kind: 'login', version: 1 }))
    failsWith(outcome, 'PROTOCOL', /client speaks version 1 .* this side version 2/)
  })

  it('refuses a login with a field missing or of another type', async () => {
    for (const field of ['kind', 'version', 'nonce', 'proof', 'credential', 'id', 'pid']) {
      for (const value of [undefined, null, [], field === 'version' ? '1' : -1]) {
        const outcome = await admitted((hello) => {
          const login = { kind: 'login', version: 2, nonce: 'c', pid: 1, credential: 'authkey', id: 0 }
          return { ...login, proof: proofs(hello, login).client, [field]: value }
        })
        failsWith(outcome, 'PROTOCOL', new RegExp(`'${field}'`))
      }
    }
  })

  it('leaves what a client says after its login to the session', async () => {
    const [near, far] = createMemoryPair()
    const admission = admit(far, gate, AbortSignal.timeout(5000))
    const talk = new HandshakeChannel(near, AbortSignal.timeout(5000))
    const hello = await talk.receive()
    const login = { kind: 'login', version: 2, nonce: 'c', pid: 1, credential: 'authkey', id: 0 }
    talk.send({ ...login, proof: proofs(hello, login).client })
    talk.send({ kind: 'ping' })
    await admission
    const inbox = new Inbox()
    far.start(inbox)
    await inbox.holds(1)
    assert.deepEqual(inbox.messages, [{ kind: 'ping' }])
  })
})

describe('a client', { timeout: 10_000 }, () => {
  it('refuses a server that does not know the key, whatever that says', async () => {
    for (const proof of ['', 'A'.repeat(43), secret]) {
      const outcome = await loggedIn(() => ({ ...said, proof }))
      failsWith(outcome, 'AUTH_FAILED', /does not know the authkey/)
    }
  })

  it('leaves what a server says after its welcome to the session', async () => {
    const [near, far] = createMemoryPair()
    const login = logIn(near, withKey, AbortSignal.timeout(5000))
    await admit(far, gate, AbortSignal.timeout(5000))
    for (const kind of ['ping', 'pong']) say(far, JSON.stringify({ kind }))
    await login
    const inbox = new Inbox()
    near.start(inbox)
    await inbox.holds(2)
    assert.deepEqual(inbox.messages, [{ kind: 'ping' }, { kind: 'pong' }])
  })

  it("refuses a server that sends the client's own proof back", async () => {
    const outcome = await loggedIn((login) => ({ ...said, proof: login['proof'] }))
    failsWith(outcome, 'AUTH_FAILED', /does not know the authkey/)
  })

  it('refuses a welcome that was recorded', async () => {
    const { lines } = await shakeHands(withKey)
    const [hello, , recorded] = lines
    failsWith(await loggedIn(() => recorded, hello), 'AUTH_FAILED', /does not know the authkey/)
  })

  it('refuses a server that knows the key but is not the one that it claims to be', async () => {
    const nonce = createNonce()
    const hello = { kind: 'hello', protocol: 'referent', version: 2, nonce, server: serverId }
    const another = new ServerIdentity()
    for (const signature of ['', 'A'.repeat(86), 'another'])
      failsWith(
        await loggedIn((login) => {
          const nonces = { client: String(login['nonce']), server: nonce }
          const signed = signature === 'another' ? another.sign(nonces) : signature
          return { ...said, proof: proofs(hello, login).server, signature: signed }
        }, hello),
        'AUTH_FAILED',
        /not the one that it claims to be/,
      )
  })

  it('refuses a server whose name is no public key, and one that played its signature for another session', async () => {
    const { lines } = await shakeHands(withKey)
    for (const server of ['', 'server1', 'A'.repeat(43), 'A'.repeat(2000), serverId]) {
      const hello = { kind: 'hello', protocol: 'referent', version: 2, nonce: createNonce(), server }
      const signature = lines[2]?.['signature']
      const outcome = await loggedIn((login) => ({ ...said, proof: proofs(hello, login).server, signature }), hello)
      failsWith(outcome, 'AUTH_FAILED', /not the one that it claims to be/)
    }
  })

  it('refuses a server that takes no text, or more than a frame can have', async () => {
    for (const maxTextBytes of [0, 4095, 2 ** 32]) {
      const nonce = createNonce()
      const hello = { kind: 'hello', protocol: 'referent', version: 2, nonce, server: serverId }
      const outcome = await loggedIn((login) => {
        const signature = identity.sign({ client: String(login['nonce']), server: nonce })
        return { ...said, proof: proofs(hello, login).server, signature, maxTextBytes }
      }, hello)
      failsWith(outcome, 'PROTOCOL', /'maxTextBytes' is/)
    }
  })

  it('refuses a server that writes values in a form that it does not know, or says nothing of it', async () => {
    for (const serializer of ['json', undefined, 1]) {
      const nonce = createNonce()
      const hello = { kind: 'hello', protocol: 'referent', version: 2, nonce, server: serverId }
      const outcome = await loggedIn((login) => {
        const signature = identity.sign({ client: String(login['nonce']), server: nonce })
        return { ...said, proof: proofs(hello, login).server, signature, serializer }
      }, hello)
      failsWith(outcome, 'PROTOCOL', /serializer/)
    }
  })

  it('refuses a server of another version, naming both', async () => {
    const outcome = await loggedIn(() => undefined, {
      kind: 'hello',
      protocol: 'referent',
      version: 1,
      nonce: 'n',
      server: serverId,
    })
    failsWith(outcome, 'PROTOCOL', /server speaks version 1 .* this side version 2/)
  })

  it('refuses what is no hello', async () => {
    const hello = { kind: 'hello', protocol: 'referent', version: 2, nonce: 'n', server: serverId }
    for (const field of Object.keys(hello)) {
      for (const value of [undefined, null, [], field === 'version' ? '1' : 5]) {
        const outcome = await loggedIn(() => undefined, { ...hello, [field]: value })
        failsWith(outcome, 'PROTOCOL', new RegExp(`without a proper '${field}'`))
      }
    }
    for (const [text, reason] of [...notObjects, ['{"kind":', /no JSON/], ['', /no JSON/]] as const) {
      const [near, far] = createMemoryPair()
      say(far, text)
      const [outcome] = await Promise.allSettled([logIn(near, withKey, AbortSignal.timeout(5000))])
      failsWith(outcome, 'PROTOCOL', reason)
    }
  })

  it('refuses a hello with byte arrays', async () => {
    const [near, far] = createMemoryPair()
    say(far, JSON.stringify({ kind: 'hello' }), [Uint8Array.of(1)])
    const [outcome] = await Promise.allSettled([logIn(near, withKey, AbortSignal.timeout(5000))])
    failsWith(outcome, 'PROTOCOL', /with byte arrays/)
  })

  it('refuses what is no welcome', async () => {
    const { lines } = await shakeHands(withKey)
    for (const kind of [undefined, 5, 'result', 'hello']) {
      failsWith(await loggedIn(() => ({ ...lines[2], kind })), 'PROTOCOL', /without a proper 'kind'/)
    }
  })

  it('refuses another protocol altogether', async () => {
    await againstBareSocket(async (near, far) => {
      far.write('SSH-2.0-OpenSSH_9.6\r\n')
      const [outcome] = await Promise.allSettled([logIn(near, withKey, AbortSignal.timeout(5000))])
      failsWith(outcome, 'PROTOCOL')
    })
  })

  it('with a capability of another server says that its referent is gone', async () => {
    failsWith((await shakeHands({ ...withCapability, serverId: 'earlier' })).client, 'REFERENT_GONE')
  })

  it('waits for a silent server until its signal says that the time is up', async () => {
    // A socket keeps the program waiting; the timer of the signal alone would not.
    await againstBareSocket(async (near) => {
      const [outcome] = await Promise.allSettled([logIn(near, withKey, AbortSignal.timeout(20))])
      failsWith(outcome, 'TIMEOUT', /took too long/)
    })
  })

  it('waits no longer than its caller', async () => {
    const [near] = createMemoryPair()
    const reason = new Error('spec')
    const controller = new AbortController()
    const login = Promise.allSettled([logIn(near, withKey, controller.signal)])
    controller.abort(reason)
    const [outcome] = await login
    assert.equal(failsWith(outcome, 'ABORTED').cause, reason)
  })

  it('says that the connection ended where it did', async () => {
    const [near, far] = createMemoryPair()
    far.close()
    const [outcome] = await Promise.allSettled([logIn(near, withKey, AbortSignal.timeout(5000))])
    failsWith(outcome, 'SESSION_LOST', /ended during the handshake/)
  })
})

const secrets = new RegExp(`swordfish|another, long|${secret}|${key.toString('base64').slice(0, 20)}`)

interface Handshake {
  readonly client: PromiseSettledResult<unknown>
  readonly server: PromiseSettledResult<unknown>
  /** All that was said, in order. */
  readonly lines: readonly Line[]
  readonly nonces: Nonces
}

async function shakeHands(
  credential: Credential,
  at: ServerCredentials = gate,
  signal: AbortSignal = AbortSignal.timeout(5000),
): Promise<Handshake> {
  const [near, far] = createMemoryPair()
  const lines: Line[] = []
  const admission = admit(new LoggedTransport(far, lines), at, signal).catch((error: unknown) => {
    far.close()
    throw error
  })
  const login = logIn(new LoggedTransport(near, lines), credential, signal).finally(() => near.close())
  const [client, server] = await Promise.allSettled([login, admission])
  const [hello, answer] = lines
  return {
    client,
    server,
    lines,
    nonces: { client: String(answer?.['nonce']), server: String(hello?.['nonce']), binding: '' },
  }
}

/** What becomes of a login that `answer` makes of the server's hello. */
async function admitted(answer: (hello: Line) => Line | undefined): Promise<PromiseSettledResult<unknown>> {
  const [near, far] = createMemoryPair()
  const signal = AbortSignal.timeout(5000)
  const admission = Promise.allSettled([admit(far, gate, signal)])
  const talk = new HandshakeChannel(near, signal)
  talk.send(answer(await talk.receive()) ?? {})
  const [outcome] = await admission
  return outcome
}

/** What becomes of a login at a server that says `hello` and what `answer` makes of the login. */
async function loggedIn(
  answer: (login: Line) => Line | undefined,
  hello: Line = { kind: 'hello', protocol: 'referent', version: 2, nonce: 'n', server: serverId },
): Promise<PromiseSettledResult<unknown>> {
  const [near, far] = createMemoryPair()
  const signal = AbortSignal.timeout(5000)
  const login = Promise.allSettled([logIn(near, withKey, signal)])
  const talk = new HandshakeChannel(far, signal)
  talk.send(hello)
  const heard = Promise.race([talk.receive(), login.then(() => undefined)])
  const line = await heard
  if (line !== undefined) talk.send(answer(line) ?? {})
  const [outcome] = await login
  return outcome
}

/** What both sides would prove after that hello and login. */
function proofs(hello: Line, login: Line | undefined): { client: string; server: string } {
  const nonces = { client: String(login?.['nonce']), server: String(hello['nonce']) }
  return { client: prove('client', key, nonces), server: prove('server', key, nonces) }
}

function failsWith(outcome: PromiseSettledResult<unknown>, code: string, message = /./): Error {
  assert.ok(outcome.status === 'rejected', `nothing failed with ${code}`)
  const error: unknown = outcome.reason
  assert.ok(error instanceof Error && 'code' in error)
  assert.equal(error.code, code)
  assert.match(error.message, message)
  assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), secrets)
  return error
}
