// A client written from docs/protocol.md alone: it uses nothing of lib/.
// `independent-client.js <address> <authkey>` prints what it found, as JSON.
/* oxlint-disable typescript/no-unsafe-argument -- plain JavaScript has no types */
import { createHmac, createPublicKey, randomBytes, verify } from 'node:crypto'
import { once } from 'node:events'
import { createConnection } from 'node:net'

async function main(address, key) {
  const owner = await Session.open(address, { credential: 'authkey', id: 0, key })
  const { reference } = await owner.call(0, 'create', ['Counter', 10])
  const { id, secret, shape } = reference
  const { value: incremented } = await owner.call(id, 'increment', [2])
  const { value: count } = await owner.get(id, 'count')
  const { value: bytes } = await owner.call(id, 'reverse', [Uint8Array.of(1, 2, 3)])
  const { value: longBytes } = await owner.call(id, 'reverse', [new Uint8Array(5000).fill(7)])
  const record = {
    when: new Date(0),
    list: [1.5, -1, 'é', '€', null, undefined, 12345678901234567890n],
    self: { a: true },
  }
  const { value: echoed } = await owner.call(id, 'echo', [record])
  const { value: twins } = await owner.call(id, 'twins', [])
  const { value: thrown } = await owner.call(id, 'fail', [])
  const stream = await owner.call(id, 'upTo', [5])
  const items = await owner.read(stream.reference.id)

  const visitor = await Session.open(address, { credential: 'capability', id, key: secret })
  const held = await visitor.attach(id, secret)
  owner.release(id)
  const { value: attached } = await visitor.get(held.reference.id, 'count')
  visitor.release(held.reference.id)
  // What is answered after the release was also taken after it.
  await visitor.attach(id, secret)
  const { value: inspection } = await owner.call(0, 'inspect', [])
  const wrongKey = await Session.open(address, { credential: 'authkey', id: 0, key: 'wrong' }).catch(
    (error) => error.message,
  )
  for (const session of [owner, visitor]) await session.end()

  return {
    typeid: shape.typeid,
    incremented,
    count,
    bytes: [...bytes],
    longBytes: [longBytes.length, longBytes[0]],
    isSame: JSON.stringify(echoed, shown) === JSON.stringify(record, shown),
    isTwice: twins[0] === twins[1],
    error: [thrown.base, thrown.message],
    items,
    attached,
    wrongKey,
    left: inspection.referents.length,
  }
}

/** So that JSON shows what it lacks. */
function shown(_, value) {
  return value === undefined ? '(undefined)' : typeof value === 'bigint' ? `${value}n` : value
}

const kindOf = { 5: 'result', 6: 'error', 12: 'item', 13: 'end', 14: 'fail', 16: 'ping' }

class Session {
  #socket
  #received = Buffer.alloc(0)
  #arrived = []
  #wake = () => undefined
  #lastId = 0
  #nonces = ''

  static async open(address, { credential, id, key }) {
    const session = new Session(createConnection({ path: pathOf(address) }))
    const hello = await session.#line()
    const nonce = randomBytes(32).toString('base64url')
    const prove = (role) =>
      createHmac('sha256', key).update(`referent:${role}:${nonce}:${hello.nonce}`).digest('base64url')
    const login = { kind: 'login', version: 2, nonce, pid: process.pid, credential, id, proof: prove('client') }
    session.#send(Buffer.from(JSON.stringify(login)))
    const answer = await session.#line()
    session.#nonces = `${nonce}:${hello.nonce}`
    const signed = Buffer.from(`referent:identity:${session.#nonces}`)
    const serverKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: hello.server }, format: 'jwk' })
    const isProved = () =>
      answer.proof === prove('server') && verify(null, signed, serverKey, Buffer.from(answer.signature, 'base64url'))
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
    return this.call(0, 'attach', [id, proof])
  }

  call(to, method, args) {
    const { bytes, tail } = bodyOf(args)
    return this.#request((id) => Buffer.concat([Buffer.of(1, 0), varint(id), varint(to), text(method), bytes]), tail)
  }

  get(to, property) {
    return this.#request((id) => Buffer.concat([Buffer.of(2, 0), varint(id), varint(to), text(property)]))
  }

  release(to) {
    this.#send(Buffer.concat([Buffer.of(9), varint(to), varint(1)]))
  }

  /** Reads a stream to its end, two items at a time. */
  async read(stream) {
    const items = []
    for (;;) {
      if (items.length % 2 === 0) this.#send(Buffer.concat([Buffer.of(11), varint(stream), varint(2)]))
      const { kind, value } = await this.#next()
      if (kind === 'end') return items
      items.push(value)
    }
  }

  async end() {
    this.#socket.end()
    await once(this.#socket, 'close')
  }

  /** Sends one request and waits for its answer: the only thing under way, so the next message is the one. */
  async #request(messageOf, tail) {
    const id = ++this.#lastId
    this.#send(messageOf(id), tail)
    const answer = await this.#next()
    if (answer.id !== id) throw new Error('the answer to another request')
    return answer
  }

  #send(message, tail = Buffer.alloc(0)) {
    const messages = Buffer.concat([varint(message.length), message])
    this.#socket.write(Buffer.concat([word(4 + messages.length + tail.length), word(messages.length), messages, tail]))
  }

  async #line() {
    return JSON.parse((await this.#arrival()).message.toString())
  }

  async #next() {
    for (;;) {
      const { message, tail } = await this.#arrival()
      const kind = kindOf[message[0]]
      if (kind === undefined) throw new Error(`a message of kind ${message[0]}`)
      if (kind === 'ping') this.#send(Buffer.of(17))
      else return answerOf(kind, new Reader(message, 1, tail))
    }
  }

  async #arrival() {
    while (this.#arrived.length === 0) await new Promise((resolve) => (this.#wake = resolve))
    return this.#arrived.shift()
  }

  #read(chunk) {
    this.#received = Buffer.concat([this.#received, chunk])
    while (this.#received.length >= 4 && this.#received.length >= 4 + this.#received.readUInt32LE(0)) {
      const end = 4 + this.#received.readUInt32LE(0)
      this.#arrived.push(...messagesOf(this.#received.subarray(4, end)))
      this.#received = this.#received.subarray(end)
    }
    this.#wake()
  }
}

/** @param frame without its length */
function messagesOf(frame) {
  const end = 4 + frame.readUInt32LE(0)
  const reader = new Reader(frame.subarray(0, end), 4)
  const messages = []
  while (reader.at < end) messages.push({ message: reader.take(reader.varint()), tail: frame.subarray(end) })
  return messages
}

/** Results and errors have flags and an id, messages of streams the number of theirs; then comes the body. */
function answerOf(kind, reader) {
  if (kind === 'result' || kind === 'error') reader.byte()
  const id = reader.varint()
  return { kind, id, ...reader.body() }
}

class Reader {
  at
  #bytes
  #tail
  #tailAt = 0
  #shapes = []
  #nodes = []
  #references = []

  constructor(bytes, at = 0, tail = Buffer.alloc(0)) {
    this.#bytes = bytes
    this.at = at
    this.#tail = tail
  }

  take(length) {
    this.at += length
    return this.#bytes.subarray(this.at - length, this.at)
  }

  byte() {
    return this.take(1)[0]
  }

  varint() {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte()
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }

  /** The value of a body, and the first of its references. */
  body() {
    if (this.at === this.#bytes.length) return { value: undefined }
    if (this.#bytes[this.at] === 0xe1) {
      const end = this.at + 5 + this.#bytes.readUInt32LE(this.at + 1)
      this.#references = JSON.parse(this.#bytes.toString('utf8', end))
      this.at += 5
    }
    const [reference] = this.#references
    const isTable = this.#bytes[this.at] === 0xdf || this.#bytes[this.at] === 0xe0
    return { value: isTable ? this.#table() : this.value(), reference }
  }

  value() {
    const tag = this.byte()
    if (tag === 0xde) return this.#nodes[this.varint()].value
    const { value, fill } = this.#opened(tag)
    return fill === undefined ? value : fill()
  }

  #table() {
    const isOrdered = this.byte() === 0xe0
    const count = this.varint()
    for (let index = 0; index < count; index++) this.#nodes.push(this.#opened(this.byte()))
    for (let turn = 0; turn < count; turn++) {
      const node = this.#nodes[isOrdered ? this.varint() : turn]
      if (node.fill !== undefined) node.value = node.fill()
    }
    return this.#nodes[0].value
  }

  /** Reads the head of an object, or all of what is none; `fill` reads the rest, and gives the value. */
  #opened(tag) {
    if (tag < 0x80) return { value: tag }
    if (tag < 0xa0) return { value: this.take(tag - 0x80).toString('latin1') }
    switch (tag) {
      case 0xc0:
        return { value: null }
      case 0xc1:
        return { value: undefined }
      case 0xc2:
      case 0xc3:
        return { value: tag === 0xc3 }
      case 0xc4:
        return { value: this.take(4).readInt32LE(0) }
      case 0xc5:
        return { value: this.take(8).readDoubleLE(0) }
      case 0xc6:
        return { value: this.take(this.varint()).toString('latin1') }
      case 0xc7:
        return { value: this.take(2 * this.varint()).toString('utf16le') }
      case 0xc8:
        return { value: this.#bigint(this.varint()) }
      case 0xc9:
        return { value: new Date(this.take(8).readDoubleLE(0)) }
      case 0xd0:
      case 0xd1: {
        const [names, value] = [this.#shape(), {}]
        return { value, fill: () => this.#fill(value, names) }
      }
      case 0xd2: {
        const [value, length] = [[], this.varint()]
        return { value, fill: () => this.#times(length, () => value.push(this.value())) && value }
      }
      case 0xd3:
        return { value: this.#times(this.varint(), () => this.take(4).readInt32LE(0)) }
      case 0xd4:
        return { value: this.#times(this.varint(), () => this.take(8).readDoubleLE(0)) }
      case 0xd9: {
        const [base, , value] = [this.value(), this.value(), {}]
        const constructed = base === 'DOMException' ? { name: this.value(), message: this.value() } : {}
        this.varint()
        const names = this.#shape()
        return { value, fill: () => Object.assign(this.#fill(value, names), constructed, { base }) }
      }
      case 0xda:
      case 0xdb: {
        const [, length] = [this.byte(), this.varint()]
        return { value: tag === 0xda ? this.take(length) : this.#tail.subarray(this.#tailAt, (this.#tailAt += length)) }
      }
      case 0xdd:
        return { value: this.#references.shift() }
      default:
        throw new Error(`this client reads no ${tag}`)
    }
  }

  #bigint(head) {
    const hex = Buffer.from(this.take(head >>> 1).toReversed()).toString('hex')
    return BigInt(`0x${hex}`) * (head % 2 === 1 ? -1n : 1n)
  }

  #shape() {
    const number = this.varint()
    if (number > 0) return this.#shapes[number - 1]
    this.value() // the class
    const names = this.#times(this.varint(), () => this.value())
    this.#shapes.push(names)
    return names
  }

  #fill(target, names) {
    for (const name of names) target[name] = this.value()
    return target
  }

  #times(count, read) {
    return Array.from({ length: count }, read)
  }
}

/** The bytes of a body, and of its tail. */
function bodyOf(value) {
  const tail = []
  const bytes = bytesOf(value, tail)
  return { bytes, tail: Buffer.concat(tail) }
}

function bytesOf(value, tail) {
  switch (typeof value) {
    case 'undefined':
      return Buffer.of(0xc1)
    case 'boolean':
      return Buffer.of(value ? 0xc3 : 0xc2)
    case 'number':
      return Number.isInteger(value) && value >= 0 && value < 128
        ? Buffer.of(value)
        : Buffer.concat([Buffer.of(0xc5), double(value)])
    case 'string':
      return text(value)
    case 'bigint':
      return Buffer.concat([Buffer.of(0xc8), bigint(value)])
    default:
      return value === null ? Buffer.of(0xc0) : objectBytes(value, tail)
  }
}

function objectBytes(value, tail) {
  if (value instanceof Date) return Buffer.concat([Buffer.of(0xc9), double(value.getTime())])
  if (value instanceof Uint8Array) {
    tail.push(value)
    return Buffer.concat([Buffer.of(0xdb, 3), varint(value.length)])
  }
  const items = Object.values(value).map((item) => bytesOf(item, tail))
  if (Array.isArray(value)) return Buffer.concat([Buffer.of(0xd2), varint(value.length), ...items])
  const names = Object.keys(value).map(text)
  return Buffer.concat([Buffer.of(0xd0, 0), text(''), varint(names.length), ...names, ...items])
}

/** In UTF-16, which has all characters. */
function text(value) {
  return Buffer.concat([Buffer.of(0xc7), varint(value.length), Buffer.from(value, 'utf16le')])
}

function bigint(value) {
  const hex = (value < 0n ? -value : value).toString(16)
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toReversed()
  return Buffer.concat([varint(2 * bytes.length + (value < 0n ? 1 : 0)), bytes])
}

function double(number) {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(number)
  return bytes
}

function varint(number) {
  const bytes = []
  for (; number >= 128; number = Math.floor(number / 128)) bytes.push((number % 128) + 128)
  return Buffer.of(...bytes, number)
}

function word(number) {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(number)
  return bytes
}

function pathOf(address) {
  return address.startsWith('pipe:') ? `\\\\.\\pipe\\${address.slice(5)}` : address.slice('unix:'.length)
}

console.log(JSON.stringify(await main(process.argv[2] ?? '', process.argv[3] ?? '')))
