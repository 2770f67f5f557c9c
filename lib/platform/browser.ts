/* What `node.ts` has, in a browser. It does without `crypto.subtle`, which is there only where the page is encrypted. */
import { hashes, verify } from '@noble/ed25519'
import { hmac as hmacOf } from '@noble/hashes/hmac.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import type * as Node from './node.ts'

// Younger than some browsers. Classes have methods of these names.
for (const name of ['dispose', 'asyncDispose'])
  if (!Object.hasOwn(Symbol, name)) Object.defineProperty(Symbol, name, { value: Symbol.for(`Symbol.${name}`) })

hashes.sha512 = sha512

const encoder = new TextEncoder()
// What is no UTF-8 is replaced, and nothing is left out, as by Node.
const utf8Decoder = new TextDecoder('utf-8', { ignoreBOM: true })
/** So many characters are made at a time: each is an argument. */
const textPart = 4096

export const allocate: typeof Node.allocate = (byteLength) => new Uint8Array(byteLength)

export const allocateOwn: typeof Node.allocateOwn = (byteLength) => new Uint8Array(byteLength)

export const joined: typeof Node.joined = (chunks) => {
  const bytes = new Uint8Array(chunks.reduce((sum, { byteLength }) => sum + byteLength, 0))
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}

export const bufferPrototype: typeof Node.bufferPrototype = {}

export const bufferOver: typeof Node.bufferOver = (buffer) => new Uint8Array(buffer)

export const writeLatin1: typeof Node.writeLatin1 = (bytes, text, at) => {
  for (let index = 0; index < text.length; index++) bytes[at + index] = text.charCodeAt(index)
  return text.length
}

export const writeUtf16: typeof Node.writeUtf16 = (bytes, text, at) => {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    bytes[at + 2 * index] = code
    bytes[at + 2 * index + 1] = code >>> 8
  }
  return 2 * text.length
}

export const utf8Length: typeof Node.utf8Length = (text) => utf8(text).byteLength

export const writeUtf8: typeof Node.writeUtf8 = (bytes, text, at) =>
  encoder.encodeInto(text, bytes.subarray(at)).written

export const readLatin1: typeof Node.readLatin1 = (bytes, start, end) => {
  let text = ''
  for (let at = start; at < end; at += textPart)
    text += String.fromCharCode(...bytes.subarray(at, Math.min(end, at + textPart)))
  return text
}

// A decoder of UTF-16 would replace halves of pairs, which are texts too.
export const readUtf16: typeof Node.readUtf16 = (bytes, start, end) => {
  let text = ''
  for (let at = start; at < end; at += 2 * textPart) {
    const codes = new Uint16Array(Math.min(end - at, 2 * textPart) / 2)
    for (let index = 0; index < codes.length; index++)
      codes[index] = (bytes[at + 2 * index] as number) | ((bytes[at + 2 * index + 1] as number) << 8)
    text += String.fromCharCode(...codes)
  }
  return text
}

export const readUtf8: typeof Node.readUtf8 = (bytes, start, end) => utf8Decoder.decode(bytes.subarray(start, end))

export const utf8: typeof Node.utf8 = (text) => encoder.encode(text)

export const toHex: typeof Node.toHex = (bytes) => {
  const digits: string[] = []
  for (const byte of bytes) digits.push(byte.toString(16).padStart(2, '0'))
  return digits.join('')
}

export const fromHex: typeof Node.fromHex = (hex) =>
  Uint8Array.from({ length: hex.length / 2 }, (_, index) => Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16))

export const toBase64: typeof Node.toBase64 = (bytes) => btoa(readLatin1(bytes, 0, bytes.byteLength))

export const fromBase64: typeof Node.fromBase64 = (base64) => {
  const text = atob(
    base64
      .replaceAll('-', '+')
      .replaceAll('_', '/')
      .replaceAll(/[^A-Za-z0-9+/]/g, ''),
  )
  const bytes = new Uint8Array(text.length)
  writeLatin1(bytes, text, 0)
  return bytes
}

export const randomText: typeof Node.randomText = () => toBase64Url(crypto.getRandomValues(new Uint8Array(32)))

export const hmac: typeof Node.hmac = (key, text) => toBase64Url(hmacOf(sha256, Uint8Array.from(key), utf8(text)))

export const equalTexts: typeof Node.equalTexts = (one, other) => {
  let difference = one.length ^ other.length
  for (let at = 0; at < one.length; at++) difference |= one.charCodeAt(at) ^ other.charCodeAt(at)
  return difference === 0
}

export const isSignature: typeof Node.isSignature = (publicKey, text, signature) => {
  try {
    // As in RFC 8032, like OpenSSL: without the wider rules that some take.
    return verify(fromBase64(signature), utf8(text), fromBase64(publicKey), { zip215: false })
  } catch {
    return false
  }
}

/** What a storage has is known until its body first waits: nothing tells a page which code goes on for whom. */
export class ContextStorage<T> {
  #store: T | undefined

  constructor() {
    storages.push(this)
  }

  getStore(): T | undefined {
    return this.#store
  }

  run<R>(store: T, body: () => R): R {
    const before = this.#store
    this.#store = store
    try {
      return body()
    } finally {
      this.#store = before
    }
  }
}

const storages: ContextStorage<unknown>[] = []

export const captureAll: typeof Node.captureAll = () => {
  const stores = storages.map((storage) => [storage, storage.getStore()] as const)
  return (body) =>
    stores.reduceRight(
      (inner, [storage, store]) =>
        () =>
          storage.run(store, inner),
      body,
    )()
}

/** Nobody can listen. */
const silent = {
  hasSubscribers: false,
  publish: () => undefined,
  runStores: <R>(_: unknown, body: () => R): R => body(),
}

export const channel = ((_name: string) => silent) as unknown as typeof Node.channel

export const tracingChannel = ((_name: string) => {
  return { hasSubscribers: false, start: silent, end: silent, asyncStart: silent, asyncEnd: silent, error: silent }
}) as unknown as typeof Node.tracingChannel

export const debugLog = (() => Object.assign(() => undefined, { enabled: false })) as unknown as typeof Node.debugLog

export const warn: typeof Node.warn = (error) => {
  // As an error that nobody caught: consoles show it, and `window.onerror` is told.
  if (typeof reportError === 'function') reportError(error)
}

const metadata = new WeakMap<object, Map<symbol, unknown>>()

export const metadataOf: typeof Node.metadataOf = (key, Class) => metadata.get(Class)?.get(key)

export const setMetadata: typeof Node.setMetadata = (key, value, Class) => {
  const own = metadata.get(Class) ?? new Map<symbol, unknown>()
  metadata.set(Class, own.set(key, value))
}

/** A page that goes says nothing: the browser ends its connections. */
/** A page that the browser keeps (`persisted`) may yet come back. */
export const atExit: typeof Node.atExit = (body) => {
  const hide = ({ persisted }: { readonly persisted: boolean }): void => {
    if (!persisted) body()
  }
  addEventListener('pagehide', hide)
  return () => removeEventListener('pagehide', hide)
}

export const ref: typeof Node.ref = () => undefined

export const unref: typeof Node.unref = (timer) => timer

export const atEndOfTurn: typeof Node.atEndOfTurn = (body) => queueMicrotask(() => queueMicrotask(body))

export const pid = 0

export const ownTask: typeof Node.ownTask = () => undefined

export const isStandardStream: typeof Node.isStandardStream = () => false

export const readKernelFile: typeof Node.readKernelFile = () => {
  throw new Error('there are no files')
}

export const absolutePath: typeof Node.absolutePath = (path) => path

export const showsItemsOnly: typeof Node.showsItemsOnly = () => false

export const leafText: typeof Node.leafText = (leaf) =>
  leaf instanceof URL
    ? JSON.stringify({ json: leaf.href, meta: { values: ['URL'], v: 1 } })
    : JSON.stringify({ json: String(leaf), meta: { values: ['regexp'], v: 1 } })

export const leafOf: typeof Node.leafOf = (kind, json) => {
  const end = json.lastIndexOf('/')
  return kind === 'URL' ? new URL(json) : new RegExp(json.slice(1, end), json.slice(end + 1))
}

function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

declare const reportError: ((error: unknown) => void) | undefined
declare const addEventListener: (type: 'pagehide', listener: (event: { readonly persisted: boolean }) => void) => void
declare const removeEventListener: typeof addEventListener
