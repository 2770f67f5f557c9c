import { type Command, InvalidArgumentError } from 'commander'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { onAbort } from '../abort.ts'
import { isThread, parseAddress, type Place, privateAddress, removeFolderNow } from '../transport/address.ts'
import { type AccessOptions, asUsage, readAuthkey, readText } from './access.ts'
import { actionOf, authkeyOption, type Ended, jsonOption, milliseconds, type OutputOptions } from './command.ts'
import type { Console } from './console.ts'
import { exitCodes, UsageError } from './exit-codes.ts'
import { jsonLine, printable } from './output.ts'
import type { ServeOrder } from './serve-order.ts'
import { type Ready, Serving } from './serving.ts'
import { WatchedFiles } from './watched-files.ts'

interface ServeOptions extends OutputOptions, Pick<AccessOptions, 'authkeyFile' | 'allowUnencrypted'> {
  readonly address?: string
  readonly advertise?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly named: readonly { readonly name: string; readonly typeid: string }[]
  readonly grace?: number
  readonly watch?: boolean
}

/** `referent serve`: a program's shared classes as a service. */
export function addServe(program: Command, ended: Ended): void {
  program
    .command('serve')
    .description('serve the @Shared classes of modules, until SIGTERM or Ctrl-C; the second one ends it at once')
    .argument('[modules...]', 'files, also of TypeScript; without any, the ready-made types')
    .option('--address <address>', 'where it listens; without it, a socket that only this user can reach')
    .option('--advertise <address>', 'by which others reach it, where that is another one')
    .option('--tls-cert <file>', 'its certificate chain, for tls: addresses')
    .option('--tls-key <file>', 'the key of that')
    .option('--allow-unencrypted', 'allow tcp: from other machines')
    .option(
      '--named <name=typeid>',
      'make one, without arguments, that has this name; several times for several',
      pair,
      [],
    )
    .option('--grace <ms>', 'how long running calls may take to finish in the end', milliseconds)
    .option('--watch', 'start anew when a module, or what it imports, is written; all but the --named is gone then')
    .addOption(authkeyOption())
    .addOption(jsonOption())
    .action(actionOf(ended, serve, { outlivesReaders: true }))
}

async function serve(console: Console, options: ServeOptions, files: readonly string[]): Promise<number> {
  const modules = files.map(moduleOf)
  const place = await placeOf(options.address)
  const vanish = (): void => {
    if (place.folder !== undefined) removeFolderNow(place.folder)
  }
  // Also where a second signal ends this process at once.
  process.once('exit', vanish)
  try {
    const order = await orderOf(console, options, modules, place.address)
    await (options.watch === true ? serveWatched(console, options, order) : serveOnce(console, options, order))
    return exitCodes.done
  } finally {
    process.off('exit', vanish)
    vanish()
  }
}

/** @throws (as a rejection) what it can't serve for; Error where it ends by an error of its own */
async function serveOnce(console: Console, options: ServeOptions, order: ServeOrder): Promise<void> {
  const serving = new Serving(order)
  const stop = onAbort(console.signal, () => void serving.end())
  try {
    await announce(console, options, await asUsage(() => serving.ready))
    await serving.ended
  } catch (error) {
    if (!console.signal.aborted) throw error
  } finally {
    stop()
    await serving.end()
  }
}

/** One after the other at one address, until a signal or a shutdown. After what fails it waits for the next change. */
async function serveWatched(console: Console, options: ServeOptions, order: ServeOrder): Promise<void> {
  const { errors, signal } = console
  let address = order.address
  let announceReady = (ready: Ready): Promise<void> => announce(console, options, ready)
  // What was imported once may be what keeps the next one from importing anything.
  const imported = new Set(order.modules)
  while (!signal.aborted) {
    const files = new WatchedFiles(imported)
    const serving = new Serving({ ...order, address }, (url) => {
      imported.add(url)
      files.add(url)
    })
    const stop = onAbort(signal, () => {
      files.close()
      void serving.end()
    })
    try {
      const ready = await serving.ready
      address = ready.address
      await announceReady(ready)
      const written = await Promise.race([files.changed, serving.ended])
      if (written === undefined) return
      announceReady = () => errors.lines(`started anew, as ${printable(written)} was written`)
    } catch (error) {
      if (signal.aborted) return
      await errors.lines(`${printable(messageOf(error))}; waiting for a change`)
      await files.changed
    } finally {
      stop()
      files.close()
      await serving.end()
    }
  }
}

async function announce({ out }: Console, { json = false }: ServeOptions, ready: Ready): Promise<void> {
  const { address, pid, typeids } = ready
  await out.lines(json ? jsonLine({ address, pid, typeids }) : `listening at ${printable(address)}`)
}

async function orderOf(
  { signal }: Console,
  options: ServeOptions,
  modules: readonly string[],
  address: string,
): Promise<ServeOrder> {
  const { advertise, tlsCert, tlsKey, allowUnencrypted, grace, named, watch = false } = options
  if ((tlsCert === undefined) !== (tlsKey === undefined)) throw new UsageError('give --tls-cert and --tls-key together')
  return {
    kind: 'serve',
    modules,
    named,
    address,
    authkey: (await readAuthkey(options, signal)).bytes,
    isWatched: watch,
    ...(advertise === undefined ? {} : { advertise }),
    ...(tlsCert === undefined || tlsKey === undefined
      ? {}
      : {
          tls: {
            cert: await readText(tlsCert, 'the certificate', signal),
            key: await readText(tlsKey, 'its key', signal),
          },
        }),
    ...(allowUnencrypted === true ? { allowUnencrypted } : {}),
    ...(grace === undefined ? {} : { graceMs: grace }),
  }
}

/** Of a child, which doesn't know where a path is relative to. @throws UsageError */
async function placeOf(address: string | undefined): Promise<Place> {
  if (address === undefined) return privateAddress()
  const parsed = await asUsage(async () => parseAddress(address))
  if (isThread(parsed))
    throw new UsageError(`nobody reaches a process at ${address}, which is for threads of one program`)
  return { address: parsed }
}

function moduleOf(file: string): string {
  const path = resolve(file)
  if (!existsSync(path)) throw new UsageError(`there is no module ${file}`)
  return pathToFileURL(path).href
}

function pair(text: string, before: ServeOptions['named']): ServeOptions['named'] {
  const [, name, typeid] = /^([^=]+)=(.+)$/.exec(text) ?? []
  if (name === undefined || typeid === undefined)
    throw new InvalidArgumentError("It must be a name and a typeid, such as 'jobs=SharedQueue'.")
  return [...before, { name, typeid }]
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
