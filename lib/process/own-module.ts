import type { Session as SessionClass } from 'node:inspector'
import { randomUUID } from 'node:crypto'
import { isModuleFile } from '../call-site.ts'

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
    const inspector = process.getBuiltinModule('node:inspector')
    const session = new inspector.Session()
    session.connect()
    try {
      const url = scriptOf(session, inspector, fn)
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
function scriptOf(session: SessionClass, carrier: object, fn: AnyFunction): string | undefined {
  const urls = new Map<string, string>()
  session.on('Debugger.scriptParsed', ({ params }) => urls.set(params.scriptId, params.url))
  let script: string | undefined
  session.post('Debugger.enable')
  withExpression(fn, carrier, (expression) => {
    session.post('Runtime.evaluate', { expression }, (failure, evaluated) => {
      // Deno has inspectors that answer nothing.
      const objectId = failure === null ? evaluated.result.objectId : undefined
      if (objectId === undefined) return
      session.post('Runtime.getProperties', { objectId, ownProperties: true }, (__, { internalProperties = [] }) => {
        const location: unknown = internalProperties.find(({ name }) => name === '[[FunctionLocation]]')?.value?.value
        script = String(Reflect.get(Object(location), 'scriptId'))
      })
    })
  })
  return script === undefined ? undefined : urls.get(script)
}

/**
 * The inspector finds values by expressions only, which it evaluates in the context of the program. Test runners run
 * modules in one of their own, with another global object: the built-in module is the same in both.
 */
function withExpression(value: unknown, carrier: object, use: (expression: string) => void): void {
  const name = `referent:${randomUUID()}`
  Object.defineProperty(carrier, name, { value, configurable: true })
  try {
    use(`process.getBuiltinModule('node:inspector')[${JSON.stringify(name)}]`)
  } finally {
    Reflect.deleteProperty(carrier, name)
  }
}
