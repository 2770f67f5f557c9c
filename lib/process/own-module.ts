import type { Session as SessionClass } from 'node:inspector'
import { randomUUID } from 'node:crypto'
import { isModuleFile } from '../decorators/call-site.ts'

type AnyFunction = (...args: never[]) => unknown

const known = new WeakMap<AnyFunction, { readonly module: string | undefined }>()

/**
 * The module that a function was written in: a `file:` URL or a path, as V8 has it. Undefined where it is in no file, or
 * V8's inspector isn't there to ask. Takes some milliseconds the first time.
 */
export function ownModule(fn: AnyFunction): string | undefined {
  const module = known.get(fn)?.module ?? locate(fn)
  known.set(fn, { module })
  return module
}

function locate(fn: AnyFunction): string | undefined {
  try {
    const { Session } = process.getBuiltinModule('node:inspector')
    const session = new Session()
    session.connect()
    try {
      const url = scriptOf(session, fn)
      return url !== undefined && isModuleFile(url) ? url : undefined
    } finally {
      session.disconnect()
    }
  } catch {
    // A Node without inspector, or one that doesn't permit it.
    return undefined
  }
}

/** All that is posted is answered at once. */
function scriptOf(session: SessionClass, fn: AnyFunction): string | undefined {
  const urls = new Map<string, string>()
  session.on('Debugger.scriptParsed', ({ params }) => urls.set(params.scriptId, params.url))
  let script: string | undefined
  session.post('Debugger.enable')
  withGlobal(fn, (expression) => {
    session.post('Runtime.evaluate', { expression }, (_, evaluated) => {
      const { objectId } = evaluated.result
      if (objectId === undefined) return
      session.post('Runtime.getProperties', { objectId, ownProperties: true }, (__, { internalProperties = [] }) => {
        const location: unknown = internalProperties.find(({ name }) => name === '[[FunctionLocation]]')?.value?.value
        script = String(Reflect.get(Object(location), 'scriptId'))
      })
    })
  })
  return script === undefined ? undefined : urls.get(script)
}

/** The inspector finds values by expressions only. */
function withGlobal(value: unknown, use: (expression: string) => void): void {
  const name = `referent:${randomUUID()}`
  Object.defineProperty(globalThis, name, { value, configurable: true })
  try {
    use(`globalThis[${JSON.stringify(name)}]`)
  } finally {
    Reflect.deleteProperty(globalThis, name)
  }
}
