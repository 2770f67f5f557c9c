import { resolve } from 'node:path'
import { moduleUrl, programFlags } from '../spec/harness/module.ts'
import type { Peer } from './peers/peer.ts'
import { peers } from './peers/peers.ts'
import type { Row } from './rows.ts'
import type { Command } from './runner.ts'

/** Whoever takes part in a row, by processes that measure it. */
export interface Contender {
  readonly name: string
  offers(row: Row): boolean
  /** How many processes measure the row at the same time. */
  processes(row: Row): number
  /** @param address of the server of the contender's first process, for further clients */
  command(row: Row, address?: string): Command
}

const runnerMain = moduleUrl('./runner-main.ts', import.meta.url)

/** All there are. @param against the folder of another checkout, whose referent takes part too */
export async function contenders(against: string | undefined): Promise<Contender[]> {
  const loaded = await Promise.all(Array.from(peers, async ([name, load]) => ({ name, peer: await load() })))
  const [referent, ...others] = loaded.map(({ name, peer }): Contender => ({
    name,
    offers: (row) => offers(peer, row),
    processes,
    command: (row, address) => ({
      program: process.execPath,
      args: [...programFlags(runnerMain), ...argsOf(name, row, address)],
    }),
  }))
  if (referent === undefined) return []
  const there = against === undefined ? [] : [checkout(resolve(against), referent)]
  return [referent, ...there, python, ...others]
}

/** The referent of another checkout, compiled there as it is here. */
function checkout(folder: string, referent: Contender): Contender {
  const runner = ['--import=tsx', 'scripts/run-compiled.ts', 'bench/runner-main.ts']
  return {
    name: folder,
    offers: (row) => referent.offers(row),
    processes,
    command: (row, address) => ({
      program: process.execPath,
      args: [...runner, ...argsOf(referent.name, row, address)],
      cwd: folder,
    }),
  }
}

function processes({ clients = 1 }: Row): number {
  return clients
}

function argsOf(peer: string, row: Row, address: string | undefined): string[] {
  return address === undefined ? [peer, row.name] : [peer, row.name, address]
}

const pythons: ReadonlySet<Row['operation']> = new Set([
  'call',
  'create',
  'echo',
  'stream',
  'lock',
  'queue',
  'map',
  'tasks',
])

/** Its calls have no others in flight; its client processes are started by its own program. */
const python: Contender = {
  name: 'Python manager',
  offers: (row) =>
    pythons.has(row.operation) && row.over === undefined && (row.inFlight === undefined || row.clients !== undefined),
  processes: () => 1,
  // From the repository's root, where npm runs its scripts.
  command: (row) => ({ program: 'python3', args: ['bench/peers/python_manager.py', row.name] }),
}

/** Whether it can do what the row measures. */
function offers(peer: Peer, { operation, clients = 1, over, value, fresh }: Row): boolean {
  if (peer.onlyStarts === true && fresh !== 'starting') return false
  if (over !== undefined && peer.crossesNetworks !== true) return false
  if (clients > 1 && peer.takesClients !== true) return false
  if (value !== undefined && peer.carries?.includes(value) !== true) return false
  return peer[operation] !== undefined
}
