import { Exposed, mustBe, isOpenName, Shared, type State, type Stateful, stateOf } from '../extension.ts'
import { isRecord, shown } from './containers/values.ts'

// Its users choose its properties, and their types.
@Shared({ module: 'referent', typeid: 'SharedNamespace', properties: 'own', snapshot: true })
class Namespace implements Stateful {
  constructor(properties: object = {}) {
    if (!isRecord(properties)) throw mustBe('the argument of a SharedNamespace', properties, 'a plain object')
    for (const [name, value] of Object.entries(properties)) {
      assertName(name)
      Reflect.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true })
    }
  }

  [stateOf](): State {
    return { size: this.keys().length }
  }

  @Exposed
  delete(name: string): boolean {
    assertName(name)
    return Object.hasOwn(this, name) && Reflect.deleteProperty(this, name)
  }

  @Exposed
  keys(): string[] {
    return Object.keys(this).filter((name) => !name.startsWith('_'))
  }
}

/** @throws TypeError for a name that no property of a namespace can have */
function assertName(name: unknown): asserts name is string {
  if (typeof name === 'string' && isOpenName(name) && !(name in Namespace.prototype)) return
  const rule = "one that begins with _, and one that every object has or that leads elsewhere, can't be reached"
  throw new TypeError(`${shown(name)} is no name for a property of a namespace: ${rule}; a SharedMap takes any key`)
}

/**
 * An object whose properties processes share; Python's `SyncManager.Namespace`. `await ns.x` reads one, `await
 * assign(ns, { x: 1, y: 2 })` writes some at once and makes those that aren't there, `await snapshot(ns)` copies all.
 * Values cross by copy, but for shared objects, proxies and functions, which stay live.
 *
 * To read a property and write it again is two calls; what must be one is for a `SharedMap` or `SharedValue` to keep.
 */
export type SharedNamespace<T extends object = object> = T & {
  /** Whether there was such a property. */
  delete(name: keyof T & string): boolean
  /** The names of its properties. */
  keys(): (keyof T & string)[]
}

/** @throws TypeError for a name that no property can have: one that begins with `_`, `delete`, `keys`, `then`, ... */
export const SharedNamespace: new <T extends object = object>(properties?: T) => SharedNamespace<T> =
  Namespace as unknown as new <T extends object = object>(properties?: T) => SharedNamespace<T>
