import { type Check, type Checks, isBoolean, isWhole } from '../options.ts'

/** What an inspector is opened with. */
export interface InspectorOptions {
  /** Of 127.0.0.1, where it listens. Default 0: a free one. */
  readonly port?: number
  /** Whether pages may call methods of the server's objects. Default false: they only look. */
  readonly allowCalls?: boolean
}

const isPort: Check = (name, value) => {
  isWhole(0)(name, value)
  if ((value as number) > 65_535) throw new RangeError(`${name} is ${String(value)}; it must be at most 65535`)
}

export const inspectorChecks: Checks<InspectorOptions> = { port: isPort, allowCalls: isBoolean }
