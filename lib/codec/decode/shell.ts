import { ManagerError } from '../../errors.ts'
import { makeBytes } from '../bytes.ts'
import { classNamed, customNamed } from '../classes.ts'
import type { Fields, Node, Slot } from '../node.ts'
import { objectOf } from '../prototype.ts'
import { forEachPair, setFields, type ValueOf } from './fields.ts'
import { check, malformed } from './malformed.ts'
import { errorShell } from './shell-error.ts'

/** The value of one node: it can be pointed at once it is made, and holds its parts once it is filled. */
export interface Shell {
  readonly value: unknown
  readonly fill?: (valueOf: ValueOf) => void
}

/** What nodes refer to by index. */
export interface ShellSource {
  readonly leaves: readonly unknown[]
  readonly attachments: readonly Uint8Array[]
  /** As they were imported. */
  readonly references: readonly unknown[]
}

/** @throws ManagerError `UNSERIALIZABLE` for a name that isn't registered here */
export function shellOf(node: Node, source: ShellSource): Shell {
  switch (node[0]) {
    case 'object':
      return objectShell({}, [node[1], node[2]])
    case 'bare':
      return objectShell(objectOf(null), [node[1], node[2]])
    case 'array':
      return arrayShell(node[1])
    case 'sparse':
      return sparseShell(node[1], node[2], node[3])
    case 'map':
      return mapShell(node[1], node[2])
    case 'set':
      return setShell(node[1])
    case 'instance':
      return instanceShell(node[1], [node[2], node[3]])
    case 'custom':
      return customShell(node[1], node[2])
    case 'error':
      return errorShell(node)
    case 'bytes':
      return { value: makeBytes(node[1], at(source.attachments, node[2])) }
    case 'bigint':
      return { value: integerOf(node[1]) }
    case 'invalid-date':
      return { value: new Date(Number.NaN) }
    case 'leaf':
      return { value: source.leaves[node[1]] }
    case 'reference':
      return { value: source.references[node[1]] }
  }
}

function objectShell(value: object, fields: Fields): Shell {
  return { value, fill: (valueOf) => setFields(value, fields, valueOf) }
}

function arrayShell(slots: readonly Slot[]): Shell {
  const value: unknown[] = []
  return { value, fill: (valueOf) => slots.forEach((slot) => value.push(valueOf(slot))) }
}

function sparseShell(length: number, indexes: readonly number[], slots: readonly Slot[]): Shell {
  const value: unknown[] = []
  return {
    value,
    fill: (valueOf) => {
      forEachPair(indexes, slots, (index, slot) => (value[index] = valueOf(slot)))
      value.length = length
    },
  }
}

function mapShell(keys: readonly Slot[], values: readonly Slot[]): Shell {
  const value = new Map<unknown, unknown>()
  return { value, fill: (valueOf) => forEachPair(keys, values, (key, item) => value.set(valueOf(key), valueOf(item))) }
}

function setShell(members: readonly Slot[]): Shell {
  const value = new Set<unknown>()
  return { value, fill: (valueOf) => members.forEach((member) => value.add(valueOf(member))) }
}

/** No constructor runs: it was run where the object was made, and could do anything here. */
function instanceShell(name: string, fields: Fields): Shell {
  const copied = classNamed(name)
  if (copied === undefined) throw unregistered(`class ${name}`, `registerClass(${name})`)
  check(!(copied.Class.prototype instanceof Error), `an error of the class ${name} that isn't sent as one`)
  const extra = copied.allowProps && fields[0].find((key) => !copied.allowProps?.includes(key))
  check(extra === undefined, `a ${name} with a field that isn't one of its allowProps`)
  const prototype = copied.Class.prototype as object
  const hiding = fields[0].find((key) => key in prototype)
  check(hiding === undefined, `a ${name} whose field ${hiding} hides a member of its class`)
  return objectShell(objectOf(prototype), fields)
}

function customShell(name: string, serialized: Slot): Shell {
  const transformer = customNamed(name)
  if (transformer === undefined) throw unregistered(`transformer ${name}`, `registerCustom({ name: '${name}', ... })`)
  const shell = {
    value: undefined as unknown,
    fill: (valueOf: ValueOf) => {
      shell.value = readCustom(name, () => transformer.deserialize(valueOf(serialized)))
    },
  }
  return shell
}

function readCustom(name: string, read: () => unknown): unknown {
  try {
    return read()
  } catch (cause) {
    throw new ManagerError('UNSERIALIZABLE', `The transformer ${name} could not read what its other side wrote`, {
      cause,
    })
  }
}

function unregistered(what: string, fix: string): ManagerError {
  return new ManagerError(
    'UNSERIALIZABLE',
    `The peer sent a value of the ${what}, which this side doesn't know; call ${fix} here too`,
  )
}

function integerOf(hex: string): bigint {
  return hex.startsWith('-') ? -BigInt(`0x${hex.slice(1)}`) : BigInt(`0x${hex}`)
}

/** Indexes of nodes were checked at the door. */
function at<T>(list: readonly T[], index: number): T {
  const found = list[index]
  if (found === undefined) throw malformed('an index that leads nowhere')
  return found
}
