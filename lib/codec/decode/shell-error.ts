import { constructedFields, hidesMember, makeError } from '../builtin-errors.ts'
import { type AnyClass, classNamed } from '../classes.ts'
import type { Fields, Node } from '../node.ts'
import { prototypeOf } from '../prototype.ts'
import { setField, type ValueOf } from './fields.ts'
import { check } from './malformed.ts'

type ErrorNode = Extract<Node, readonly [tag: 'error', ...unknown[]]>

/**
 * An error without its fields, but for those that it can only be constructed with. One of a class that isn't registered
 * here still arrives, as the built-in one it extends and under its name.
 */
export function errorShell([, base, className, , keys, slots]: ErrorNode): object {
  const value = makeError(base, errorClassNamed(className), textOf('message', keys, slots), textOf('name', keys, slots))
  const prototype = prototypeOf(value) ?? value
  const hiding = keys.find((key) => hidesMember(prototype, base, key))
  check(hiding === undefined, `an error, ${className ?? base}, whose field ${hiding} hides a member of its class`)
  return value
}

export function fillError(error: object, [, base, className, hidden, keys, slots]: ErrorNode, valueOf: ValueOf): void {
  const constructed = constructedFields(base)
  if (className !== null && errorClassNamed(className) === undefined) setField(error, 'name', className, false)
  for (const [position, key] of keys.entries()) {
    const slot = slots[position]
    if (slot !== undefined && !constructed.includes(key)) setField(error, key, valueOf(slot), position >= hidden)
  }
}

function errorClassNamed(name: string | null): AnyClass | undefined {
  const Class = name === null ? undefined : classNamed(name)?.Class
  check(
    Class === undefined || Class.prototype instanceof Error,
    `an error of the class ${name}, which is none of errors`,
  )
  return Class
}

function textOf(key: string, keys: Fields[0], slots: Fields[1]): string {
  const slot = slots[keys.indexOf(key)]
  return typeof slot === 'string' ? slot : ''
}
