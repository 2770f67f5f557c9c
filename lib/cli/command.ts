import { type Command, InvalidArgumentError, Option } from 'commander'
import { Console, type ConsoleOptions } from './console.ts'
import type { AccessOptions } from './access.ts'

/** What every command has. */
export interface OutputOptions {
  readonly json?: boolean
}

export type ClientOptions = AccessOptions & OutputOptions

/** Takes the exit code of the command that ran. */
export type Ended = (exitCode: number) => void

/** Makes the action of a command from what it does with its arguments and options. */
export function actionOf<A extends unknown[], O extends OutputOptions>(
  ended: Ended,
  body: (console: Console, options: O, ...args: A) => Promise<number | void>,
  consoleOptions?: ConsoleOptions,
): (...given: [...A, O, Command]) => Promise<void> {
  return async (...given) => {
    const [options] = given.slice(-2) as [O]
    const args = given.slice(0, -2) as A
    const console = new Console(consoleOptions)
    ended(await console.run(() => body(console, options, ...args), options.json === true))
  }
}

export const jsonOption = (): Option => new Option('--json', 'print JSON, one value on a line')

export const authkeyOption = (): Option =>
  new Option('--authkey-file <file>', "the file that has the authkey, '-' for the standard input (REFERENT_AUTHKEY)")

/** Of each command that is about a server. */
export function withAccess(command: Command): Command {
  return command
    .addOption(authkeyOption())
    .option('--tls-ca <file>', "certificates, of which one must have signed the server's")
    .option('--allow-unencrypted', 'allow tcp: to another machine')
    .addOption(jsonOption())
}

/** Of those that are about one referent. */
export function withReferent(command: Command): Command {
  return withAccess(
    command
      .option('--address <address>', 'of the server that has the name (REFERENT_ADDRESS)')
      .option('--reference-file <file>', "a file with a reference in place of the name, '-' for the standard input"),
  )
}

export const timeoutOption = (flags: string, description: string): Option =>
  new Option(flags, description).argParser(milliseconds)

export const portOption = (flags: string, description: string): Option =>
  new Option(flags, description).argParser((text) => {
    if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
      throw new InvalidArgumentError('It must be a port, from 0 to 65535.')
    return Number(text)
  })

export function milliseconds(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('It must be a number of milliseconds, 0 or more.')
  return Number(text)
}

export function count(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number, 1 or more.')
  return Number(text)
}
