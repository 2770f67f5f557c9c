import { readFile } from 'node:fs/promises'
import { addAbortSignal } from 'node:stream'
import { text } from 'node:stream/consumers'
import { AuthKey } from '../auth/authkey.ts'
import { attach } from '../proxy/operations.ts'
import { Manager } from '../manager/manager.ts'
import type { CallOptions } from '../session/wait.ts'
import type { DialingOptions } from '../transport/network-options.ts'
import { UsageError } from './exit-codes.ts'

/** What opens a server, as all commands take it. */
export interface AccessOptions {
  readonly address?: string
  readonly authkeyFile?: string
  readonly referenceFile?: string
  readonly tlsCa?: string
  readonly allowUnencrypted?: boolean
  /** Of each thing that the command asks, in milliseconds; without it, 10 s to be connected, and no bound on calls. */
  readonly timeout?: number
}

/**
 * The authkey of the file, or of the variable `REFERENT_AUTHKEY`, which is taken out of the environment: no process that this
 * one starts has it.
 * @throws UsageError where there is neither; ManagerError `AUTH_FAILED` for a file that can't be read, or that others can
 */
export async function readAuthkey(
  { authkeyFile }: Pick<AccessOptions, 'authkeyFile'>,
  signal: AbortSignal,
): Promise<AuthKey> {
  const { REFERENT_AUTHKEY: variable = '' } = process.env
  delete process.env['REFERENT_AUTHKEY']
  const authkey = authkeyFile === '-' ? await readSecret(authkeyFile, 'the authkey', signal) : variable
  if (authkeyFile !== undefined && authkeyFile !== '-') return AuthKey.from({ file: authkeyFile })
  if (authkey !== '') return AuthKey.from(authkey)
  throw new UsageError('there is no authkey: give --authkey-file, or set REFERENT_AUTHKEY')
}

/**
 * A text of a file, or of the standard input for `-`, which may never end: the signal does.
 * @throws (as a rejection) UsageError where it can't be read
 */
export async function readText(file: string, what: string, signal: AbortSignal): Promise<string> {
  try {
    if (file === '-') return await text(addAbortSignal(signal, process.stdin))
    return await readFile(file, { encoding: 'utf8', signal })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new UsageError(`${what} can't be read: ${reason}`, { cause })
  }
}

async function readSecret(file: string, what: string, signal: AbortSignal): Promise<string> {
  return (await readText(file, what, signal)).replace(/\r?\n$/, '')
}

/** The address that was given, or that of the variable `REFERENT_ADDRESS`. @throws UsageError */
function addressOf(given: string | undefined): string {
  const address = given ?? process.env['REFERENT_ADDRESS'] ?? ''
  if (address !== '') return address
  throw new UsageError('there is no address: give one, such as tls://host:7000, or set REFERENT_ADDRESS')
}

/** A manager of the server at the address, which the caller closes. @throws as `Manager.connect`; UsageError */
export async function connect(
  address: string | undefined,
  options: AccessOptions,
  signal: AbortSignal,
): Promise<Manager> {
  const place = addressOf(address)
  const [authkey, dialing] = [await readAuthkey(options, signal), await dialingOf(options, signal)]
  return asUsage(() => Manager.connect(place, { authkey, ...callsOf(options, signal), ...dialing }))
}

/** What of `call` and `tail` is asked: a referent, and its member with arguments. */
export interface Asked extends AsyncDisposable {
  readonly proxy: object
  readonly member: string
  readonly args: readonly string[]
}

/**
 * Finds the referent that a command names in its first word, or by a reference. Disposing it ends the session.
 * @throws ManagerError `UNKNOWN_NAME`; as `connect` and `attach`; UsageError
 */
export async function ask(words: readonly string[], options: AccessOptions, signal: AbortSignal): Promise<Asked> {
  const { referenceFile } = options
  const calls = callsOf(options, signal)
  if (referenceFile !== undefined) {
    const [member, ...args] = words
    if (member === undefined) throw new UsageError('there is no method: give its name, then its arguments as JSON')
    const reference = (await readSecret(referenceFile, 'the reference', signal)).trim()
    const dialing = await dialingOf(options, signal)
    const proxy = await asUsage(() => attach<object>(reference, { ...calls, ...dialing }))
    return { proxy, member, args, [Symbol.asyncDispose]: async () => undefined }
  }
  const [name, member, ...args] = words
  if (name === undefined || member === undefined)
    throw new UsageError('give the name of a referent, then that of its method, then its arguments as JSON')
  const manager = await connect(options.address, options, signal)
  try {
    const proxy = await manager.lookup<object>(name, calls)
    return { proxy, member, args, [Symbol.asyncDispose]: () => manager.close() }
  } catch (error) {
    await manager.close()
    throw error
  }
}

export function callsOf({ timeout }: AccessOptions, signal: AbortSignal): CallOptions {
  return timeout === undefined ? { signal } : { signal, timeoutMs: timeout }
}

async function dialingOf({ tlsCa, allowUnencrypted }: AccessOptions, signal: AbortSignal): Promise<DialingOptions> {
  return {
    ...(tlsCa === undefined ? {} : { tls: { ca: await readText(tlsCa, 'the certificates of --tls-ca', signal) } }),
    ...(allowUnencrypted === true ? { allowUnencrypted } : {}),
  }
}

/** What options and addresses can't be is an error of whoever has typed them. */
export async function asUsage<T>(open: () => Promise<T>): Promise<T> {
  try {
    return await open()
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) throw new UsageError(error.message, { cause: error })
    throw error
  }
}
