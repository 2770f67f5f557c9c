// Measures one row of one peer, in a process that does nothing else: `node runner-main.js referent 'sequential' [ADDRESS]`.
// Says `{}` when it is ready, with the address for further clients where there is one, or why it is not. Each line that it
// reads then is the length of a slice in milliseconds, which it answers with an `Answer`.
import { deepEqual } from 'node:assert'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { type Answer, repeat, timed } from './measure.ts'
import { type Opened, packageOf } from './peers/peer.ts'
import { peers } from './peers/peers.ts'
import { rows } from './rows.ts'
import { values } from './values.ts'

const [peerName = '', rowName, address] = process.argv.slice(2)
const peer = found(await peers.get(peerName)?.(), peerName)
const row = found(
  rows.find(({ name }) => name === rowName),
  rowName,
)
let opened: Opened<unknown> | undefined

try {
  const measure = await prepare()
  say({ address: opened?.address })
  for await (const line of createInterface(process.stdin)) say(await measure(Number(line)))
} catch (error) {
  say(isAbsent(error) ? { refused: `not installed: ${peer.needs}`, isAbsent: true } : { refused: String(error) })
  if (process.stdin.readable) await once(process.stdin.resume(), 'end')
}
await opened?.close()
process.exit()

function found<T>(what: T | undefined, name: string | undefined): T {
  if (what === undefined) throw new Error(`there is no ${name}`)
  return what
}

function say(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}

/** Whether it says that a package or a program isn't there. */
function isAbsent(error: unknown): boolean {
  const code: unknown = Reflect.get(Object(error), 'code')
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'ENOENT'
}

/** What measures a slice of the row, with everything there that it takes. */
async function prepare(): Promise<(sliceMs: number) => Promise<Answer>> {
  if (peer.package !== undefined) await packageOf(peer.package)
  if (row.fresh === 'starting') return () => timed(openAndCall, pids)
  const { client } = await open()
  if (row.operation === 'bytes') return () => countBytes(client)
  const operation = await operationOn(client)
  const { times = 1, inFlight = 1, items = 1 } = row
  const perRun = row.operation === 'stream' ? items : 1
  if (row.fresh === 'ready') return () => timed(() => inTurn(times, operation), pids)
  const value = row.value && values[row.value]()
  const slice = async (sliceMs: number): Promise<number> =>
    (await peer.exchange?.(client, sliceMs, inFlight, value)) ?? (await repeat(sliceMs, inFlight, operation)) * perRun
  return (sliceMs) => timed(() => slice(sliceMs), pids)
}

async function openAndCall(): Promise<number> {
  const { client } = await open()
  return inTurn(1, await operationOn(client))
}

async function open(): Promise<Opened<unknown>> {
  opened = await peer.open(address, row.over)
  return opened
}

function pids(): readonly number[] {
  return opened?.pids() ?? []
}

async function countBytes(client: unknown): Promise<Answer> {
  const { referent = NaN, proxy = NaN } = (await peer.bytes?.(client)) ?? {}
  return { operations: 1, amount: row.bytesPer === 'proxy' ? proxy : referent, clientUs: 0 }
}

async function inTurn(times: number, operation: () => Promise<unknown>): Promise<number> {
  for (let done = 0; done < times; done++) await operation()
  return times
}

/** What the row has done again and again, after a look that it is done. */
async function operationOn(client: unknown): Promise<() => Promise<unknown>> {
  const { operation, items = 1, referents = 1, sessions = 1 } = row
  switch (operation) {
    case 'among': {
      const call = await peer.among?.(client, referents, sessions)
      return async () => call?.()
    }
    case 'lookedAt': {
      const call = await peer.lookedAt?.(client, row.looker)
      return async () => call?.()
    }
    case 'echo': {
      const value = row.value && values[row.value]()
      const echo = async (): Promise<unknown> => peer.echo?.(client, value)
      if (peer.exchange === undefined) deepEqual(await echo(), value)
      return echo
    }
    case 'stream':
      if ((await peer.stream?.(client, items)) !== items) throw new Error('the stream lost items')
      return async () => peer.stream?.(client, items)
    case 'map':
    case 'tasks':
      return async () => peer[operation]?.(client, items)
    case 'bytes':
      throw new Error('bytes are counted, not repeated')
    default:
      return async () => peer[operation]?.(client)
  }
}
