import { onAbort } from '../abort.ts'
import { runInCall } from '../call-context.ts'
import { canGet, canSet, isOpenName, type Member, notExposed, property } from '../decorators/member.ts'
import { ManagerError } from '../errors.ts'
import type { IncomingCall } from '../session/incoming-call.ts'
import { CallIterator } from './call-iterator.ts'
import { withChecked } from './checked-arguments.ts'
import type { ObjectTable } from './object-table.ts'
import type { Referent } from './referent.ts'

/**
 * Carries out a request on a referent, and keeps the referent hosted until the outcome settles. What isn't exposed is
 * refused before a property is touched or an argument decoded.
 * @throws ManagerError `NOT_EXPOSED`, `BAD_ARGUMENTS`, `PROTOCOL`; and whatever the referent throws
 */
export function dispatch(table: ObjectTable, referent: Referent, call: IncomingCall): unknown {
  const outcome = carryOut(referent, call)
  const running = outcome instanceof CallIterator ? outcome.ended : outcome
  if (!(running instanceof Promise)) return outcome
  table.enter(referent)
  const leave = (settled: unknown): void => {
    // A generator whose arguments took time to check.
    if (settled instanceof CallIterator) void settled.ended.then(leave)
    // A microtask after the answer: the result may be the referent itself.
    else queueMicrotask(() => table.leave(referent))
  }
  running.then(leave, leave)
  return outcome
}

function carryOut(referent: Referent, call: IncomingCall): unknown {
  const { request } = call
  const { forward, typeid } = referent.type
  if (forward !== undefined) {
    call.begin(typeid, request.kind, 'forwarded')
    return runInCall(call, () => forward(referent.instance, call))
  }
  switch (request.kind) {
    case 'call':
      return callMethod(referent, request.method, call)
    case 'get':
      return readProperty(referent, request.property, call)
    case 'assign':
      return assignProperties(referent, call)
    case 'snapshot':
      return takeSnapshot(referent, call)
  }
}

function callMethod(referent: Referent, name: string, call: IncomingCall): unknown {
  const { kind, readonly: isReadonly = false, args: schema } = memberOf(referent, name)
  if (kind !== 'method' && kind !== 'generator') {
    throw notExposedFor(referent, name, `it is a property, not a method: read it with \`await proxy.${name}\``)
  }
  const args = call.args()
  begin(referent, name, call)
  if (kind === 'generator') {
    if (schema === undefined) return openGenerator(referent, args, call, isReadonly)
    const open = (checked: readonly unknown[]): CallIterator => openGenerator(referent, checked, call, isReadonly)
    return runInCall(call, () => withChecked(schema, args, call, open))
  }
  return enter(referent, call, isReadonly, () => {
    if (schema === undefined) return invoke(referent.receiver, name, args)
    return withChecked(schema, args, call, (checked) => invoke(referent.receiver, name, checked))
  })
}

/** The generator's body doesn't run yet. On a serial referent, each step waits for its turn. */
function openGenerator(
  referent: Referent,
  args: readonly unknown[],
  call: IncomingCall,
  isReadonly: boolean,
): CallIterator {
  const iterator = runInCall(call, () => invoke(referent.receiver, call.method, args)) as Iterator<unknown>
  return new CallIterator(iterator, call, (step) => inTurn(referent, call, isReadonly, step))
}

/** Runs `body` in the context of its call: at once, or on a serial referent when its turn comes, unless it is aborted by then. */
function enter<T>(referent: Referent, call: IncomingCall, isReadonly: boolean, body: () => T): T | Promise<T> {
  if (referent.gate === undefined) return runInCall(call, body)
  call.wait()
  const turn = inTurn(referent, call, isReadonly, () => {
    call.enter()
    return body()
  })
  if (!call.settlesAfterAbort || !call.isWaiting || call.isAborted || !(turn instanceof Promise)) return turn
  return new Promise((resolve, reject) => {
    turn.then(resolve, reject)
    // Aborted, it rejects at once: its turn may come much later.
    onAbort(call.signal, () => {
      if (call.isWaiting) reject(call.signal.reason as Error)
    })
  })
}

function inTurn<T>({ gate }: Referent, call: IncomingCall, isReadonly: boolean, body: () => T): T | Promise<T> {
  if (gate === undefined) return runInCall(call, body)
  return gate.run(call, isReadonly, () => runInCall(call, body))
}

function invoke(receiver: object, name: string, args: readonly unknown[]): unknown {
  if (typeof receiver === 'function') return Reflect.apply(receiver, undefined, args)
  const method: unknown = Reflect.get(receiver, name)
  if (typeof method === 'function') return Reflect.apply(method, receiver, args)
  throw new TypeError(`the exposed method ${name} is no function on this instance any more`)
}

function readProperty(referent: Referent, name: string, call: IncomingCall): unknown {
  if (!canGet(propertyOf(referent, name).kind)) {
    throw notExposedFor(referent, name, "it can't be read: expose its getter")
  }
  begin(referent, name, call)
  return enter(referent, call, true, (): unknown => Reflect.get(referent.instance, name))
}

function assignProperties(referent: Referent, call: IncomingCall): unknown {
  const properties = call.properties()
  const names = Object.keys(properties)
  for (const name of names) {
    if (!canSet(propertyOf(referent, name).kind)) {
      throw notExposedFor(referent, name, "it can't be written: expose its setter")
    }
  }
  begin(referent, names.join(', '), call)
  return enter(referent, call, false, () => {
    for (const name of names) Reflect.set(referent.instance, name, properties[name])
  })
}

function takeSnapshot(referent: Referent, call: IncomingCall): unknown {
  const { type, instance } = referent
  const { snapshot = false } = type.hosting
  if (snapshot === false) {
    const fix =
      "name what may be copied: @Shared({ snapshot: ['name', ...] }), or snapshot: true for all of its own fields"
    throw new ManagerError('NOT_EXPOSED', `the state of ${type.typeid} is not exposed; ${fix}`)
  }
  const copy = snapshot === true ? ownProperties : (from: object) => chosenProperties(from, snapshot)
  begin(referent, 'snapshot', call)
  return enter(referent, call, true, () => copy(instance))
}

function chosenProperties(instance: object, names: readonly string[]): Record<string, unknown> {
  const present = names.filter((name) => name in instance)
  return Object.fromEntries(present.map((name): [string, unknown] => [name, Reflect.get(instance, name)]))
}

/** Data properties only: a getter would run code that isn't exposed. */
function ownProperties(instance: object): Record<string, unknown> {
  const properties = Object.entries(Object.getOwnPropertyDescriptors(instance))
  const visible = properties.filter(
    ([name, descriptor]) => descriptor.enumerable === true && 'value' in descriptor && !name.startsWith('_'),
  )
  return Object.fromEntries(visible.map(([name, descriptor]) => [name, descriptor.value]))
}

function begin({ type, gate }: Referent, method: string, call: IncomingCall): void {
  call.begin(type.typeid, method, gate === undefined ? 'at once' : 'in turn')
}

function propertyOf(referent: Referent, name: string): Member {
  const { members, hosting } = referent.type
  const isOpen = hosting.properties === 'own' && !members.has(name) && isOwnName(referent.instance, name)
  return isOpen ? property : memberOf(referent, name)
}

/** Whether `properties: 'own'` opens this property: it is the object's own, or would be once assigned. */
function isOwnName(instance: object, name: string): boolean {
  return isOpenName(name) && (Object.hasOwn(instance, name) || !(name in instance))
}

function memberOf({ type }: Referent, name: string): Member {
  const member = type.members.get(name)
  if (member !== undefined) return member
  throw notExposed(type.typeid, name)
}

function notExposedFor({ type }: Referent, name: string, why: string): ManagerError {
  return new ManagerError('NOT_EXPOSED', `${type.typeid}.${name} is not exposed for this: ${why}`)
}
