/*
 * What this package needs of what it runs on. In a browser `browser.ts` stands in the place of this file, with the same names:
 * the bundler puts it there. Nothing that a browser loads has an import of Node's but this one.
 */
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import { createHmac, createPublicKey, randomBytes, timingSafeEqual, verify } from 'node:crypto'
import {
  type Channel,
  channel as nodeChannel,
  tracingChannel as nodeTracing,
  type TracingChannel,
} from 'node:diagnostics_channel'
import { readFileSync, readlinkSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { debuglog, type DebugLogger, inspect, types } from 'node:util'
import { isMainThread } from 'node:worker_threads'
import 'reflect-metadata'
import { SuperJSON } from 'superjson'

export { atExit } from '../at-exit.ts'

// Memory.

/** So many bytes, which may hold anything; few of them share a buffer with others. */
export function allocate(byteLength: number): Uint8Array {
  return Buffer.allocUnsafe(byteLength)
}

/** So many bytes, which may hold anything, in a buffer of their own. */
export function allocateOwn(byteLength: number): Uint8Array {
  return Buffer.allocUnsafeSlow(byteLength)
}

export function joined(chunks: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(chunks)
}

/** What a `Buffer` inherits from; where there are none, what nothing does. */
export const bufferPrototype = Buffer.prototype as object

/** A `Buffer` of all bytes of a buffer; where there are none, a `Uint8Array`. */
export function bufferOver(buffer: ArrayBuffer): Uint8Array {
  return Buffer.from(buffer)
}

// Texts in bytes. Those that are written to must have come from here.

/** Writes a byte for each character. @returns how many */
export function writeLatin1(bytes: Uint8Array, text: string, at: number): number {
  return (bytes as Buffer).write(text, at, 'latin1')
}

/** Writes two bytes for each character. @returns how many */
export function writeUtf16(bytes: Uint8Array, text: string, at: number): number {
  return (bytes as Buffer).write(text, at, 'utf16le')
}

export function utf8Length(text: string): number {
  return Buffer.byteLength(text)
}

/** @returns how many bytes */
export function writeUtf8(bytes: Uint8Array, text: string, at: number): number {
  return (bytes as Buffer).write(text, at)
}

export function readLatin1(bytes: Uint8Array, start: number, end: number): string {
  return asBuffer(bytes).toString('latin1', start, end)
}

export function readUtf16(bytes: Uint8Array, start: number, end: number): string {
  return asBuffer(bytes).toString('utf16le', start, end)
}

export function readUtf8(bytes: Uint8Array, start: number, end: number): string {
  return asBuffer(bytes).toString('utf8', start, end)
}

/** The bytes of a text in UTF-8. */
export function utf8(text: string): Uint8Array {
  return Buffer.from(text)
}

export function toHex(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('hex')
}

/** Of a text of digits, two for each byte. */
export function fromHex(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex')
}

export function toBase64(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('base64')
}

/** What isn't base64 is left out. */
export function fromBase64(base64: string): Uint8Array {
  return Buffer.from(base64, 'base64')
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

// Proofs.

/** 32 random bytes, in base64url. */
export function randomText(): string {
  return randomBytes(32).toString('base64url')
}

/** HMAC-SHA-256 of a text, in base64url. */
export function hmac(key: Uint8Array, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url')
}

/** Takes the same time whatever they are, if they are as long as each other. */
export function equalTexts(one: string, other: string): boolean {
  const left = Buffer.from(one)
  const right = Buffer.from(other)
  return left.byteLength === right.byteLength && timingSafeEqual(left, right)
}

/** Whether a signature of Ed25519 is that of a text, by a public key; both are in base64url. False too where they are none. */
export function isSignature(publicKey: string, text: string, signature: string): boolean {
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' })
    return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url'))
  } catch {
    return false
  }
}

// The context that code runs in, also after an `await`.

export const ContextStorage: new <T>() => Pick<AsyncLocalStorage<T>, 'getStore' | 'run'> = AsyncLocalStorage

/** Captures the context of all storages, for what is run in it later. */
export function captureAll(): <T>(body: () => T) => T {
  // `AsyncLocalStorage.snapshot` does the same, and takes a hundred times as long to make its function look like one of the past.
  const resource = new AsyncResource('referent')
  return (body) => resource.runInAsyncScope(body)
}

// What others may want to know.

export function channel(name: string): Channel {
  return nodeChannel(name)
}

export function tracingChannel<C extends object>(name: string): TracingChannel<unknown, C> {
  return nodeTracing<unknown, C>(name)
}

export function debugLog(): DebugLogger {
  return debuglog('referent')
}

/** Tells whoever runs the program of a failure that nobody waits for. */
export function warn(error: unknown, type: string): void {
  process.emitWarning(error instanceof Error ? error : String(error), { type })
}

/** What a class has under a key of the metadata of `experimentalDecorators`. */
export function metadataOf(key: symbol, Class: object): unknown {
  return Reflect.getOwnMetadata(key, Class)
}

export function setMetadata(key: symbol, value: unknown, Class: object): void {
  Reflect.defineMetadata(key, value, Class)
}

// Time.

/** The timer keeps the process alive, as it does at first. */
export function ref(timer: { ref(): unknown }): void {
  timer.ref()
}

/** The timer doesn't keep the process alive. */
export function unref<T extends { unref(): unknown }>(timer: T): T {
  timer.unref()
  return timer
}

/**
 * Runs `body` when what is to be done in this turn of the event loop is done: a tick that is queued by a microtask runs when the
 * microtasks of this turn have all run (https://nodejs.org/api/process.html#processnexttickcallback-args).
 */
export function atEndOfTurn(body: () => void): void {
  queueMicrotask(() => process.nextTick(body))
}

// The process.

/** 0 where there is none. */
export const { pid } = process

/** The kernel's number of this thread, where that isn't the main one of its process and the kernel tells: on Linux. */
export function ownTask(): number | undefined {
  try {
    return isMainThread ? undefined : Number(basename(readlinkSync('/proc/thread-self')))
  } catch {
    return undefined
  }
}

/** Whether it is one of the process's own streams, which nobody else ends. */
export function isStandardStream(stream: object): boolean {
  return stream === process.stdout || stream === process.stderr
}

/** The text of a file of the kernel's. @throws where there is none */
export function readKernelFile(path: string): string {
  return readFileSync(path, 'latin1')
}

export function absolutePath(path: string): string {
  return resolve(path)
}

const besideItems = { maxArrayLength: 0, showHidden: true, customInspect: false, depth: 0, breakLength: Infinity }

/**
 * Whether Node shows nothing of a long array but items, of which some may be missing: a microsecond, however long it is.
 * @returns false also where that can't be told
 */
export function showsItemsOnly(array: readonly unknown[]): boolean {
  // Of a `Proxy` it shows the target; and it would run a getter of `Symbol.toStringTag`.
  if (types.isProxy(array) || Object.getOwnPropertySymbols(array).length > 0) return false
  const { length } = array
  return inspect(array, besideItems) === `[ ... ${length} more items, [length]: ${length} ]`
}

// superjson's form of regular expressions and URLs. Never its global instance: what others register there would reach the wire.
const superjson = new SuperJSON()

export function leafText(leaf: RegExp | URL): string {
  return superjson.stringify(leaf)
}

/** Of a kind that was checked. @throws where there is none of that text */
export function leafOf(kind: 'URL' | 'regexp', json: string): unknown {
  return superjson.deserialize({ json, meta: { values: [kind], v: 1 } })
}
