/**
 * Where the caller of `callee` lives: the file name that V8 reports for it, a `file:` URL or a path. Undefined where
 * there is none to import: an evaluated text, the REPL, an engine other than V8, or a `callee` that isn't running.
 */
export function callSite(callee: (...args: never[]) => unknown): string | undefined {
  if (!('captureStackTrace' in Error)) return undefined
  for (const frame of framesBelow(callee)) {
    const file = frame.getFileName()
    // Built-in functions and evaluated texts have no file, and Node's own modules none to import.
    if (typeof file === 'string' && !file.startsWith('node:')) return isModuleFile(file) ? file : undefined
  }
  return undefined
}

/** Whether two call sites are one file, be it as a path or a URL, with or without a query that loads it afresh. */
export function isSameModule(one: string | undefined, other: string | undefined): boolean {
  return one === other || (one !== undefined && other !== undefined && modulePath(one) === modulePath(other))
}

/** The path of a call site, written the same way however the module was loaded. */
export function modulePath(module: string): string {
  const path = module.startsWith('file:') ? decodeURIComponent(new URL(module).pathname) : module
  return path.replaceAll('\\', '/').replace(/^\/(?=[A-Za-z]:)/, '')
}

/** V8's frames. Only `prepareStackTrace` sees them: a stack's text would have been through source maps. */
function framesBelow(callee: (...args: never[]) => unknown): readonly NodeJS.CallSite[] {
  const before = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')
  const limit = Error.stackTraceLimit
  let frames: readonly NodeJS.CallSite[] = []
  const trace = { stack: '' }
  try {
    Error.stackTraceLimit = 10
    Error.prepareStackTrace = (_error, sites) => void (frames = sites)
    Error.captureStackTrace(trace, callee)
    // V8 prepares the stack when it is first read.
    Reflect.get(trace, 'stack')
    return frames
  } finally {
    Error.stackTraceLimit = limit
    if (before === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace')
    else Object.defineProperty(Error, 'prepareStackTrace', before)
  }
}

/**
 * Whether V8's name of a script is that of a file. What `node --input-type=module -e` runs has a URL too,
 * `file:///.../[eval1]`, where nothing is.
 */
export function isModuleFile(name: string): boolean {
  return !/\/\[eval\d*\]$/.test(name) && /^(?:file:|\/|[A-Za-z]:[\\/]|\\\\)/.test(name)
}
