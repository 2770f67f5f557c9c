import { stepsText } from '../codec/path.ts'
import type { ArgumentsSchema, SchemaIssue, SchemaResult } from '../decorators/arguments-schema.ts'
import { ManagerError } from '../errors.ts'
import type { IncomingCall } from '../session/incoming-call.ts'

type Arguments = readonly unknown[]

/** More issues are only counted, and longer texts cut: a long list may be wrong in each of its items. */
const maxIssues = 10
const maxTextLength = 200

/**
 * Runs `body` with what the schema makes of the arguments: at once, where it is a schema that tells at once. Until then the
 * call counts as one that waits, as nothing has run for it.
 * @throws (or rejects with) ManagerError `BAD_ARGUMENTS`; the abort reason of the call, where it is aborted by then
 */
export function withChecked<T>(
  schema: ArgumentsSchema,
  args: Arguments,
  call: IncomingCall,
  body: (checked: Arguments) => T | Promise<T>,
): T | Promise<T> {
  const enter = (checked: Arguments): T | Promise<T> => {
    call.enter()
    return body(checked)
  }
  call.wait()
  const checked = check(schema, args, call.label)
  return checked instanceof Promise ? checked.then(enter) : enter(checked)
}

function check(schema: ArgumentsSchema, args: Arguments, label: string): Arguments | Promise<Arguments> {
  const fail = (cause: unknown): never => {
    const what = cause instanceof Error ? `${cause.name}: ${cause.message}` : 'something that is no error'
    const message = `the arguments of ${label} can't be checked, as its schema failed: ${short(what)}`
    throw new ManagerError('BAD_ARGUMENTS', message, { cause })
  }
  const read = (result: SchemaResult<Arguments>): Arguments => {
    // No compiler has seen a schema of plain JavaScript: it may make what it likes, or nothing.
    const { issues, value } = Object(result) as { readonly issues?: readonly SchemaIssue[]; readonly value?: unknown }
    if (issues !== undefined) throw refused(label, issues)
    return Array.isArray(value) ? value : fail(new TypeError('it makes no list of them'))
  }
  let result: SchemaResult<Arguments> | Promise<SchemaResult<Arguments>>
  try {
    result = schema['~standard'].validate(args)
  } catch (cause) {
    return fail(cause)
  }
  return result instanceof Promise ? result.then(read, fail) : read(result)
}

function refused(label: string, issues: readonly SchemaIssue[]): ManagerError {
  // Copied first: arktype's lists are of classes of their own, which can't be cut or mapped.
  const shown = [...issues].slice(0, maxIssues).map(({ path = [], message }) => `${placeOf(path)}: ${short(message)}`)
  const more = issues.length > maxIssues ? `; and ${issues.length - maxIssues} more` : ''
  return new ManagerError('BAD_ARGUMENTS', `${label} refuses its arguments: ${shown.join('; ')}${more}`)
}

function placeOf(path: NonNullable<SchemaIssue['path']>): string {
  return stepsText(
    'arguments',
    Array.from(path, (step) => (typeof step === 'object' ? step.key : step)),
  )
}

function short(text: string): string {
  return text.length <= maxTextLength ? text : `${text.slice(0, maxTextLength)}...`
}
