import { posix } from 'node:path'
import { findCycles } from './cycles.ts'
import { readImports, type Import } from './read-imports.ts'

/**
 * The rooms of lib/, the highest first: a file imports from its own room and from those below. All other files
 * at the top of lib/ are leaves, the lowest room together.
 */
const rooms = [
  'index.ts',
  'cli.ts',
  'manager',
  'pool',
  'process',
  'types',
  'server',
  'proxy',
  'host',
  'session',
  'registry.ts',
  'auth',
  'transport',
  'codec',
  'wire',
  'decorators',
]

/** Rooms that run in any JavaScript runtime, so they import nothing of Node's. */
const portableRooms = ['proxy', 'host', 'session', 'codec', 'wire', 'decorators']

const barrel = 'lib/index.ts'

/**
 * Every import that runs against the rules, as `file:line: what is wrong`.
 * @param sources the texts by their paths from the root, with forward slashes
 */
export function findOffences(sources: ReadonlyMap<string, string>): string[] {
  const offences: string[] = []
  const graph = new Map<string, string[]>()
  for (const [file, source] of sources) {
    const imports = readImports(source)
    graph.set(
      file,
      imports.map((each) => targetOf(file, each)),
    )
    for (const each of imports) {
      const offence = offenceOf(file, each)
      if (offence !== undefined) offences.push(`${file}:${each.line}: imports '${each.specifier}', ${offence}`)
    }
  }
  return [...offences, ...findCycles(graph).map((cycle) => `${cycle[0]}:1: a circle: ${cycle.join(' -> ')}`)]
}

/** The path an import leads to, from the root; a package's name stays as it is. */
function targetOf(file: string, { specifier }: Import): string {
  return specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : specifier
}

function offenceOf(file: string, each: Import): string | undefined {
  const target = targetOf(file, each)
  if (target.startsWith('dist/')) return 'a built file'
  return file.startsWith('lib/') ? offenceInside(file, target, each) : offenceOutside(file, target)
}

function offenceInside(file: string, target: string, { specifier, reexport }: Import): string | undefined {
  if (target === barrel || target === 'referent') return 'the barrel: name the file it comes from'
  if (reexport && file !== barrel) return `to export it again: only ${barrel} does`
  if (specifier.startsWith('.')) return offenceOfDirection(file, target)
  if (!specifier.startsWith('node:') || !portableRooms.includes(roomOf(file))) return undefined
  return `but ${roomOf(file)}/ runs in any runtime`
}

function offenceOfDirection(file: string, target: string): string | undefined {
  if (!target.startsWith('lib/')) return 'outside lib/'
  const [from, to] = [rankOf(file), rankOf(target)]
  if (from === undefined) return `from lib/${roomOf(file)}/, which isn't a room`
  if (to === undefined) return `which isn't in a room`
  return to < from ? `upwards: ${roomOf(target)} is above ${roomOf(file)}` : undefined
}

function offenceOutside(file: string, target: string): string | undefined {
  if (target === barrel) return `the barrel: say 'referent'`
  if (file.startsWith('samples/') && target.startsWith('lib/')) return `but a sample knows only 'referent'`
  return undefined
}

/** The part of a path below lib/ that stands in `rooms`. */
function roomOf(file: string): string {
  return file.split('/')[1] ?? file
}

/** 0 for the highest room; undefined for a folder that isn't one. */
function rankOf(file: string): number | undefined {
  const rank = rooms.indexOf(roomOf(file))
  if (rank !== -1) return rank
  return roomOf(file).endsWith('.ts') ? rooms.length : undefined
}
