import { constructedFields, hidesMember, makeError } from '../builtin-errors.ts'
import { type AnyClass, classNamed } from '../classes.ts'
import type { Fields, Node } from '../node.ts'
import { prototypeOf } from '../prototype.ts'
import { setField, type ValueOf } from './fields.ts'
import { check } from './malformed.ts'

type ErrorNode = Extract<Node, readonly [tag: 'error', ...unknown[]]>

/** An error of a class that isn't registered here still arrives, as the built-in one it extends and under its name. */
export function errorShell([, base, className, hidden, keys, slots]: ErrorNode): {
  readonly value: object
  readonly fill: (valueOf: ValueOf) => void
} {
  const Class = className === null ? undefined : errorClassNamed(className)
  const value = makeError(base, Class, textOf('message', keys, slots), textOf('name', keys, slots))
  const prototype = prototypeOf(value) ?? value
  const hiding = keys.find((key) => hidesMember(prototype, base, key))
  check(hiding === undefined, `an error, ${className ?? base}, whose field ${hiding} hides a member of its class`)
  const constructed = constructedFields(base)
  return {
    value,
    fill: (valueOf) => {
      if (className !== null && Class === undefined) setField(value, 'name', className, false)
      for (const [position, key] of keys.entries()) {
        const slot = slots[position]
        if (slot !== undefined && !constructed.includes(key)) setField(value, key, valueOf(slot), position >= hidden)
      }
    },
  }
}

function errorClassNamed(name: string): AnyClass | undefined {
  const Class = classNamed(name)?.Class
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
