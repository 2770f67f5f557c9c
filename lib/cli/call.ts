import type { Command } from 'commander'
import { ask, callsOf } from './access.ts'
import { actionOf, type ClientOptions, type Ended, timeoutOption, withReferent } from './command.ts'
import type { Console } from './console.ts'
import { UsageError } from './exit-codes.ts'
import { isStream } from '../proxy/by-name.ts'
import { request } from './member.ts'
import { jsonLine } from './output.ts'
import { plain } from '../proxy/plain.ts'

/** `referent call`: calls one method, and prints what it gives as JSON. */
export function addCall(program: Command, ended: Ended): void {
  const command = program
    .command('call')
    .usage('[options] <name> <method> [arguments as JSON...]')
    .description('call a method, or read a property, of a referent that has a name, and print the result as JSON')
    .argument('[words...]')
    .addOption(timeoutOption('--timeout <ms>', 'of the call; without it there is no bound'))
  withReferent(command).action(actionOf(ended, call))
}

async function call({ out, signal }: Console, options: ClientOptions, words: readonly string[]): Promise<void> {
  await using asked = await ask(words, options, signal)
  const result = await request(asked, callsOf(options, signal))
  if (isStream(result)) throw new UsageError(`${asked.member} gives a stream: use 'referent tail'`)
  await out.lines(jsonLine(plain(result)))
}
