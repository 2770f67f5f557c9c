import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { link, lstat, stat, unlink } from 'node:fs/promises'
import { lstatSync, unlinkSync } from 'node:fs'
import { createConnection } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { ManagerError } from '../errors.ts'
import { isFile, type Place, removeFolderNow, socketPath } from './address.ts'

// A server listens at a name of its own first, which `link` then makes the address: of all that try, one succeeds. The
// socket of a dead process is removed under a lock, a name made of its inode and taken in the same way: only a process
// that listens has it, so that the lock of a dead process gives way as well.

/** How long another process may take to replace a dead socket. */
const takeoverMs = 5000

/** A name beside the address, which nobody else has. */
export function freshName(path: string): string {
  return join(dirname(path), `.${randomBytes(6).toString('base64url')}`)
}

/**
 * Links the listening socket at `own` to the name `path`, in place of a dead process's. Returns whether it did: not where a
 * living process has that name.
 * @throws ManagerError `START_FAILED` for what is no socket, which stays, and for a dead socket that can't be replaced
 */
export async function linkAddress(own: string, path: string): Promise<boolean> {
  const deadline = performance.now() + takeoverMs
  while (performance.now() < deadline) {
    if (await isLinked(own, path)) return true
    const inode = await inodeOf(path)
    if (inode === undefined) continue
    if (await isAnswered(path)) return false
    await removeDead(own, path, inode)
  }
  throw new ManagerError(
    'START_FAILED',
    `the socket of a dead process at ${path} is being replaced by another process, which doesn't get on with it`,
  )
}

/** Which socket a process has at a path. */
export function inodeAt(path: string): bigint {
  return lstatSync(path, { bigint: true }).ino
}

/** Removes the name of a socket where it is still that of this one. Nobody replaces a socket at which a process listens. */
export function unlinkAddress(path: string, inode: bigint): void {
  try {
    if (inodeAt(path) === inode) unlinkSync(path)
  } catch {
    // It is gone already, or can't be removed: nobody is left to be told.
  }
}

/** What removes, at once, what is at a place where a server listens: for one that ends without doing that itself. */
export function removerOf({ address, folder }: Place): () => void {
  if (folder !== undefined) return () => removeFolderNow(folder)
  if (!isFile(address)) return () => undefined
  const path = socketPath(address)
  const inode = inodeAt(path)
  return () => unlinkAddress(path, inode)
}

async function isLinked(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path)
    return true
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false
    throw error
  }
}

/** @throws ManagerError `START_FAILED` for what is no socket */
async function inodeOf(path: string): Promise<bigint | undefined> {
  const found = await lstat(path, { bigint: true }).catch((error: unknown) => {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  })
  if (found === undefined || found.isSocket()) return found?.ino
  throw new ManagerError('START_FAILED', `${await obstacleAt(path)}; choose another address, or remove it`)
}

/**
 * Why there can be no socket at a path; undefined where there can be one, or is.
 * @param look `stat` for clients, which follow symbolic links
 */
export async function obstacleAt(path: string, look: typeof lstat | typeof stat = lstat): Promise<string | undefined> {
  const folder = dirname(path)
  const [found, parent] = [await kindAt(path, look), await kindAt(folder, stat)]
  if (parent !== undefined && parent !== 'a folder') return `there is no folder ${folder}`
  return found === undefined || found === 'a socket' || found === 'nothing'
    ? undefined
    : `${path} is ${found}, not a socket`
}

/** Undefined where that can't be told. */
async function kindAt(path: string, look: typeof lstat | typeof stat): Promise<string | undefined> {
  try {
    const found = await look(path)
    if (found.isSocket()) return 'a socket'
    if (found.isDirectory()) return 'a folder'
    return found.isSymbolicLink() ? 'a symbolic link' : 'a file'
  } catch (error) {
    return isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR') ? 'nothing' : undefined
  }
}

async function removeDead(own: string, path: string, inode: bigint): Promise<void> {
  const lock = join(dirname(path), `.~${inode.toString(36)}`)
  if (!(await linkAddress(own, lock))) return pause(5)
  try {
    // Under the lock, so that it stays as it is found: another may have replaced it before.
    if ((await inodeOf(path)) === inode && !(await isAnswered(path))) await unlink(path)
  } finally {
    await unlink(lock)
  }
}

/** Whether a process listens there, also one that is stopped, or lets nobody in. */
async function isAnswered(path: string): Promise<boolean> {
  const probe = createConnection({ path })
  try {
    await once(probe, 'connect')
    return true
  } catch (error) {
    return !isCode(error, 'ECONNREFUSED') && !isCode(error, 'ENOENT')
  } finally {
    probe.destroy()
  }
}

export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
