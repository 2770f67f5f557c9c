import type { Command } from 'commander'
import { onAbort } from '../abort.ts'
import { ask } from './access.ts'
import { actionOf, type ClientOptions, type Ended, timeoutOption, withReferent } from './command.ts'
import type { Console } from './console.ts'
import { isStream } from '../proxy/by-name.ts'
import { request } from './member.ts'
import { jsonLine } from './output.ts'
import { plain } from '../proxy/plain.ts'

/** `referent tail`: prints what a stream brings, until it ends or somebody ends the command. */
export function addTail(program: Command, ended: Ended): void {
  const command = program
    .command('tail')
    .usage('[options] <name> <method or property> [arguments as JSON...]')
    .description('print each item of a stream, such as what watches a map, as a line of JSON, until it ends or Ctrl-C')
    .argument('[words...]')
    .addOption(timeoutOption('--timeout <ms>', 'to be connected and find the name'))
  withReferent(command).action(actionOf(ended, tail))
}

async function tail({ out, signal }: Console, options: ClientOptions, words: readonly string[]): Promise<void> {
  await using asked = await ask(words, options, signal)
  const result = await request(asked, { signal })
  if (!isStream(result)) return await out.lines(jsonLine(plain(result)))
  const items = result[Symbol.asyncIterator]()
  // The signal of a call that gave a stream bounds that call, and not always what comes after.
  const stop = onAbort(signal, () => void items.return?.().catch(() => undefined))
  try {
    for await (const item of { [Symbol.asyncIterator]: () => items }) await out.lines(jsonLine(plain(item)))
  } finally {
    stop()
  }
}
