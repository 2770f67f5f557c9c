import { isErrorPrototype } from './builtin-errors.ts'
import { prototypesOf } from './prototype.ts'

/** A function as its source text is read; nothing here calls it. */
type Declared = abstract new (...args: never[]) => object

/**
 * Refuses classes whose instances hold more than their fields tell: a copy would break where it is used.
 * @throws TypeError that names the member or the base class, and the fix
 */
export function refuseHiddenState(Class: Declared, name: string): void {
  refuseDeclared(Class, name)
  for (const prototype of prototypesOf(Class.prototype as object)) {
    if (prototype === Object.prototype || isErrorPrototype(prototype)) return
    const declared: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value
    if (typeof declared === 'function') refuseDeclared(declared, name)
  }
}

function refuseDeclared(declared: { readonly name: string }, name: string): void {
  const source = sourceOf(declared)
  const fix = 'describe how it crosses with registerCustom, or make it @Shared()'
  if (isNative(source)) {
    throw new TypeError(`${name} can't be registered: the state of a ${declared.name} isn't in its fields; ${fix}`)
  }
  const member = privateMember(source)
  if (member !== undefined) {
    throw new TypeError(`${name} can't be registered: its private member ${member} can't be copied; ${fix}`)
  }
}

/** @param declared a function or class */
export function sourceOf(declared: object): string {
  return Function.prototype.toString.call(declared)
}

function isNative(source: string): boolean {
  return /\{\s*\[native code\]\s*\}$/.test(source)
}

/**
 * The first `#private` member of instances that a class's source declares; static ones don't matter. The text is all
 * there is to go by: private members that were compiled for an old target can't be seen.
 */
function privateMember(source: string): string | undefined {
  const declaration = /(?:^|[;{}\n])\s*(?:(?:async|get|set|accessor|\*)\s*)*(#[\p{L}_$][\p{L}\p{N}_$]*)\s*[=;(\n}]/u
  return declaration.exec(source)?.[1]
}
