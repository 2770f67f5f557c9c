import { constants } from 'node:os'
import { isManagerError, type ManagerErrorCode } from '../errors.ts'

/** How a command ends, as docs/command-line.md lists it. */
export const exitCodes = {
  done: 0,
  /** What was called threw, or the server failed it in a way that has no code of its own. */
  failed: 1,
  /** The command line, its JSON, or a file that it names isn't what it must be. */
  usage: 2,
  /** Nobody answers at the address, or the session was lost. */
  unreachable: 3,
  /** The authkey or the reference isn't the right one, or doesn't allow it. */
  refused: 4,
  /** There is no such name, referent, method or class. */
  unknown: 5,
  timeout: 6,
} as const

const byCode: { readonly [C in ManagerErrorCode]?: number } = {
  START_FAILED: exitCodes.failed,
  BAD_REFERENCE: exitCodes.usage,
  CONNECT_FAILED: exitCodes.unreachable,
  SESSION_LOST: exitCodes.unreachable,
  SHUTTING_DOWN: exitCodes.unreachable,
  AUTH_FAILED: exitCodes.refused,
  FORBIDDEN: exitCodes.refused,
  NOT_EXPOSED: exitCodes.unknown,
  UNKNOWN_NAME: exitCodes.unknown,
  UNKNOWN_TYPEID: exitCodes.unknown,
  REFERENT_GONE: exitCodes.unknown,
  EXPIRED: exitCodes.refused,
  TIMEOUT: exitCodes.timeout,
}

/** An error of the one who typed the command. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return exitCodes.usage
  return isManagerError(error) ? (byCode[error.code] ?? exitCodes.failed) : exitCodes.failed
}

/** As shells number it. */
export function exitCodeOfSignal(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal]
}
