import { malformed, type Reader } from './reader.ts'

/** What a reader has left, as JSON in UTF-8. @throws ManagerError `PROTOCOL`, naming `what` it is */
export function readJson(reader: Reader, what: string): unknown {
  const text = reader.utf8(reader.end - reader.position)
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw malformed(`${what} that is no JSON`, cause)
  }
}

export function isRecord(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
