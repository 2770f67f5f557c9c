import { fileURLToPath } from 'node:url'

/**
 * Where a module is.
 * @param path - from the module whose `import.meta.url` is given, as the sources have it: `./work.ts`. Where that
 * module runs compiled, this is the compiled one too.
 */
export function moduleUrl(path: string, base: string): URL {
  return new URL(base.endsWith('.ts') ? path : path.replace(/\.ts(?=$|\?)/, '.js'), base)
}

/** What Node is told to run such a module as a program. */
export function programFlags(program: URL): string[] {
  const path = fileURLToPath(program)
  return path.endsWith('.ts') ? ['--import', 'tsx', path] : [path]
}
