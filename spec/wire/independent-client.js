// A client written from docs/protocol.md alone: it uses nothing of lib/.
// `independent-client.js <address> <authkey>` prints what it found, as JSON.
/* oxlint-disable typescript/no-unsafe-argument -- plain JavaScript has no types */
import { createHmac, createPublicKey, randomBytes, verify } from 'node:crypto'
import { once } from 'node:events'
import { createConnection } from 'node:net'

async function main(address, key) {
  const owner = await Session.open(address, { credential: 'authkey', id: 0, key })
  const { reference } = await owner.call(0, 'create', { value: ['Counter', 10] })
  const { id, secret, shape } = reference
  const { value: incremented } = await owner.call(id, 'increment', { value: [2] })
  const { value: count } = await owner.request({ kind: 'get', to: id, property: 'count' })
  const withBytes = {
    graph: {
      root: [0],
      nodes: [
        ['array', [[1]]],
        ['bytes', 'Uint8Array', 0],
      ],
    },
  }
  const { bytes } = await owner.call(id, 'reverse', withBytes, [Uint8Array.of(1, 2, 3)])
  const { graph } = await owner.call(id, 'fail', { value: [] })
  const stream = await owner.call(id, 'upTo', { value: [5] })
  const items = await owner.read(stream.reference.id)

  const visitor = await Session.open(address, { credential: 'capability', id, key: secret })
  const held = await visitor.attach(id, secret)
  owner.send({ kind: 'release', to: id, count: 1 })
  const { value: attached } = await visitor.request({ kind: 'get', to: held.reference.id, property: 'count' })
  visitor.send({ kind: 'release', to: held.reference.id, count: 1 })
  // What is answered after the release was also taken after it.
  await visitor.attach(id, secret)
  const { value: inspection } = await owner.call(0, 'inspect', { value: [] })
  const wrongKey = await Session.open(address, { credential: 'authkey', id: 0, key: 'wrong' }).catch(
    (error) => error.message,
  )
  for (const session of [owner, visitor]) await session.end()

  const error = [graph.nodes[0][1], fieldOf(graph.nodes[0], 'message')]
  const left = inspection.referents.length
  return { typeid: shape.typeid, incremented, count, bytes: [...bytes], error, items, attached, wrongKey, left }
}

/** The field of an `error` node. */
function fieldOf([, , , , keys, slots], key) {
  return slots[keys.indexOf(key)]
}

class Session {
  #socket
  #received = Buffer.alloc(0)
  #arrived = []
  #wake = () => undefined
  #lastId = 0
  #nonces = ''

  static async open(address, { credential, id, key }) {
    const session = new Session(createConnection({ path: pathOf(address) }))
    const hello = await session.next()
    const nonce = randomBytes(32).toString('base64url')
    const prove = (role) =>
      createHmac('sha256', key).update(`referent:${role}:${nonce}:${hello.nonce}`).digest('base64url')
    session.send({ kind: 'login', version: 1, nonce, pid: process.pid, credential, id, proof: prove('client') })
    const answer = await session.next()
    session.#nonces = `${nonce}:${hello.nonce}`
    const text = Buffer.from(`referent:identity:${session.#nonces}`)
    const serverKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: hello.server }, format: 'jwk' })
    const isProved = () =>
      answer.proof === prove('server') && verify(null, text, serverKey, Buffer.from(answer.signature, 'base64url'))
    if (answer.kind !== 'refused' && isProved()) return session
    await session.end()
    throw new Error(answer.kind === 'refused' ? 'refused' : 'an impostor')
  }

  constructor(socket) {
    this.#socket = socket
    socket.on('data', (chunk) => this.#read(chunk))
  }

  attach(id, secret) {
    const proof = createHmac('sha256', secret).update(`referent:attach:${id}:${this.#nonces}`).digest('base64url')
    return this.call(0, 'attach', { value: [id, proof] })
  }

  call(to, method, body, byteArrays) {
    return this.request({ kind: 'call', to, method, ...body }, byteArrays)
  }

  /** Sends one request and waits for its answer: the only thing under way, so the next message is the one. */
  async request(request, byteArrays) {
    const id = ++this.#lastId
    this.send({ ...request, id }, byteArrays)
    const answer = await this.next()
    if (answer.id !== id) throw new Error('the answer to another request')
    return { ...answer, reference: answer.graph?.references?.[0], bytes: answer.byteArrays[0] }
  }

  /** Reads a stream to its end, two items at a time. */
  async read(stream) {
    const items = []
    for (;;) {
      if (items.length % 2 === 0) this.send({ kind: 'pull', stream, credit: 2 })
      const message = await this.next()
      if (message.kind === 'end') return items
      items.push(message.value)
    }
  }

  send(message, byteArrays = []) {
    const text = Buffer.from(JSON.stringify([message]))
    const words = [byteArrays.length, ...byteArrays.map((bytes) => bytes.length)].map(word)
    const rest = Buffer.concat([...words, text, ...byteArrays])
    this.#socket.write(Buffer.concat([word(rest.length), rest]))
  }

  async next() {
    while (this.#arrived.length === 0) await new Promise((resolve) => (this.#wake = resolve))
    return this.#arrived.shift()
  }

  async end() {
    this.#socket.end()
    await once(this.#socket, 'close')
  }

  #read(chunk) {
    this.#received = Buffer.concat([this.#received, chunk])
    while (this.#received.length >= 4 && this.#received.length >= 4 + this.#received.readUInt32BE(0)) {
      const end = 4 + this.#received.readUInt32BE(0)
      this.#arrived.push(...messagesOf(this.#received.subarray(4, end)))
      this.#received = this.#received.subarray(end)
    }
    this.#wake()
  }
}

/** @param frame without its length */
function messagesOf(frame) {
  const count = frame.readUInt32BE(0)
  const sizes = Array.from({ length: count }, (_, index) => frame.readUInt32BE(4 + 4 * index))
  let end = frame.length - sizes.reduce((sum, size) => sum + size, 0)
  const text = frame.toString('utf8', 4 + 4 * count, end)
  const byteArrays = sizes.map((size) => frame.subarray(end, (end += size)))
  return JSON.parse(text).map((message) => ({ ...message, byteArrays }))
}

function word(number) {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(number)
  return bytes
}

function pathOf(address) {
  return address.startsWith('pipe:') ? `\\\\.\\pipe\\${address.slice(5)}` : address.slice('unix:'.length)
}

console.log(JSON.stringify(await main(process.argv[2] ?? '', process.argv[3] ?? '')))
