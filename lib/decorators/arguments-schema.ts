import { type Check, mustBe } from '../options.ts'

/**
 * What a schema has in common with those of all libraries that follow Standard Schema, version 1, such as zod, valibot and
 * arktype: https://standardschema.dev
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    /** The library's name. */
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    /** What it takes and makes, for the compiler alone: no schema need have it at run time. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** What a schema makes of a value, or why it refuses it. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

/** Why a value is refused, and which part of it: the keys that lead there, from outside. */
export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** A schema of a list of arguments: of a tuple, such as `z.tuple([z.string(), z.number().default(1)])`. */
export type ArgumentsSchema = StandardSchema<unknown, readonly unknown[]>

/** The arguments that a schema makes. */
export type OutputOf<S extends ArgumentsSchema> =
  S extends StandardSchema<unknown, infer Output extends readonly unknown[]> ? Output : never

type InputOf<S extends ArgumentsSchema> = S extends StandardSchema<infer Input, unknown> ? Input : never

/**
 * Anything, where the arguments that callers pass by their types may be such as the schema takes: it may take less, as only
 * some texts, or more, to make the right ones of them. Else what no function or class is.
 */
export type TakenBy<S extends ArgumentsSchema, Parameters extends readonly unknown[]> =
  InputOf<S> extends infer Input extends readonly unknown[]
    ? [Parameters['length'] & Input['length']] extends [never]
      ? Mismatch<Input>
      : false extends Meetings<Parameters, Input>[number]
        ? Mismatch<Input>
        : unknown
    : unknown

interface Mismatch<Input> {
  readonly 'the schema takes other arguments than the parameters are': Input
}

type Meetings<Parameters extends readonly unknown[], Input extends readonly unknown[]> = {
  [At in keyof Parameters]-?: At extends keyof Input
    ? Meets<Parameters[At], Input[At]>
    : number extends Input['length']
      ? Meets<Parameters[At], Input[number]>
      : false
}

type Meets<A, B> = [A] extends [B] ? true : [B] extends [A] ? true : false

/** A schema of a list of arguments; whether it is one of a list shows only when it is asked. */
export const isSchema: Check = (name, value) => {
  const { '~standard': standard } = Object(value) as { readonly '~standard'?: unknown }
  const { validate, version } = Object(standard) as { readonly validate?: unknown; readonly version?: unknown }
  if (typeof validate === 'function' && version === 1) return
  throw mustBe(name, value, 'a Standard Schema of the list of arguments, such as z.tuple([z.string()]) of zod')
}
