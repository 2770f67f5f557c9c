// The other side of a peer, in a process or thread of its own: `node server-main.js capnweb PATH` has that module serve.
import { moduleUrl } from '../../spec/harness/module.ts'

interface Serving {
  readonly serve: (path: string | undefined, args: readonly string[]) => Promise<string | void> | void
}

const [name = '', path, ...args] = process.argv.slice(2)
const { serve } = (await import(moduleUrl(`./${name}.ts`, import.meta.url).href)) as Serving
const address = await serve(path, args)
if (path !== undefined) process.send?.(address ?? path)
process.once('disconnect', () => process.exit())
