import { existsSync, readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { Readable } from 'node:stream'
import { spec } from 'node:test/reporters'
import { fileURLToPath, pathToFileURL } from 'node:url'

/**
 * Node's `spec` reporter, whose stack traces lead to the sources. Node would do that itself by `--enable-source-maps`, but
 * reads the maps in every process that starts, a seventh of its time; here they are read where a trace is printed.
 */
// oxlint-disable-next-line import/no-default-export -- Node's `--test-reporter` calls the default export of the module that it is given, and no other
export default async function* sourceReporter(events: AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const text of Readable.from(events).pipe(new spec())) yield toSources(String(text))
}

const maps = new Map<string, SourceMap | undefined>()

function toSources(text: string): string {
  return text.replaceAll(/(?:file:\/\/)?([^\s:()]+\.js):(\d+):(\d+)/g, (place, path: string, line, column) => {
    const origin = mapOf(path)?.findEntry(Number(line) - 1, Number(column) - 1)
    if (origin === undefined || !('originalSource' in origin)) return place
    const source = fileURLToPath(new URL(origin.originalSource, pathToFileURL(path)))
    return `${source}:${origin.originalLine + 1}:${origin.originalColumn + 1}`
  })
}

function mapOf(path: string): SourceMap | undefined {
  if (!maps.has(path)) maps.set(path, readMap(`${path}.map`))
  return maps.get(path)
}

function readMap(file: string): SourceMap | undefined {
  if (!existsSync(file)) return undefined
  return new SourceMap(JSON.parse(readFileSync(file, 'utf8')) as SourceMapPayload)
}
