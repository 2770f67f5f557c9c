import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { ManagerError } from '../errors.ts'

const maxFileBytes = 4096

/**
 * The bytes of an authkey in a file, without a line end at its end. The file is opened once, and what is checked is what was opened.
 * @throws ManagerError `AUTH_FAILED` for one that can't be read, is no file, is empty or longer than 4096 bytes; and where there
 * are owners, for one of another owner than this process, or that others can read or write. One of root's may be read by a group or
 * list of users that root has chosen, as secrets of services and containers are
 */
export function readAuthkeyFile(path: string): Uint8Array {
  const file = open(path)
  try {
    refuseUnsafe(path, fstatSync(file))
    const bytes = readUpTo(file, maxFileBytes + 1)
    if (bytes.byteLength > maxFileBytes) throw refused(path, `is longer than ${maxFileBytes} bytes`)
    const key = withoutLineEnd(bytes)
    if (key.byteLength === 0) throw refused(path, 'is empty')
    return key
  } finally {
    closeSync(file)
  }
}

/** Without waiting for whoever writes, where it is a pipe. */
function open(path: string): number {
  try {
    // Windows has no such flag.
    return openSync(path, constants.O_RDONLY | ((constants as { O_NONBLOCK?: number }).O_NONBLOCK ?? 0))
  } catch (cause) {
    throw refused(path, `can't be read: ${cause instanceof Error ? cause.message : String(cause)}`, cause)
  }
}

function refuseUnsafe(path: string, stats: Stats): void {
  if (!stats.isFile()) throw refused(path, stats.isDirectory() ? 'is a directory' : 'is no regular file')
  const user = process.geteuid?.()
  if (user === undefined) return
  if (stats.uid !== user && stats.uid !== 0)
    throw refused(path, `belongs to the user ${stats.uid}, and this process runs as ${user}: chown it`)
  const mode = (stats.mode & 0o777).toString(8).padStart(4, '0')
  const [forbidden, fix] = stats.uid === user ? [0o077, 'chmod 600 it'] : [0o027, 'chmod 440 it']
  if ((stats.mode & forbidden) !== 0) throw refused(path, `is open to others than its owner (mode ${mode}): ${fix}`)
}

function readUpTo(file: number, count: number): Buffer {
  const bytes = Buffer.alloc(count)
  let length = 0
  for (let read = -1; read !== 0 && length < count; length += read)
    read = readSync(file, bytes, length, count - length, null)
  return bytes.subarray(0, length)
}

/** As editors and `echo` leave one: of the rest, each byte counts. */
function withoutLineEnd(bytes: Buffer): Uint8Array {
  const end = bytes.at(-1) === 0x0a ? (bytes.at(-2) === 0x0d ? 2 : 1) : 0
  return Uint8Array.from(bytes.subarray(0, bytes.byteLength - end))
}

function refused(path: string, why: string, cause?: unknown): ManagerError {
  const options = cause === undefined ? {} : { cause }
  return new ManagerError('AUTH_FAILED', `the file of the authkey, ${path}, ${why}`, options)
}
