/** What a module exports. */
export type Exports = Readonly<Record<string, unknown>>

/**
 * Imports the module of a URL. Nothing else in this package has an `import()`, and this file is none of the package's one
 * module: tsx writes what has one anew, with a source map, which for that module takes longer than to load it.
 */
export async function importUrl(url: string): Promise<Exports> {
  return (await import(url)) as Exports
}
