/** One `import`, `export ... from` or `import(...)` of a source text. */
export interface Import {
  readonly specifier: string
  readonly line: number
  /** An `export ... from`. */
  readonly reexport: boolean
}

/** Static ones start a line, as the formatter leaves them, so neither comments nor strings are taken for one. */
const statement =
  /^(?<keyword>import|export)\b(?:(?:\/\/.*|[^'"`();=])*?\bfrom)?\s*(?<quote>['"])(?<specifier>[^'"\n]+)\k<quote>/gm

/** `await import('x')` and the type `import('x').Name`, on lines that aren't comments. */
const expression = /^(?!\s*(?:\*|\/[/*])).*?\bimport\(\s*(?<quote>['"])(?<specifier>[^'"\n]+)\k<quote>/gm

/** All imports of a source text, in order; those of types count like any other. */
export function readImports(source: string): Import[] {
  return [...matches(source, statement), ...matches(source, expression)].toSorted((one, other) => one.line - other.line)
}

function matches(source: string, pattern: RegExp): Import[] {
  return Array.from(source.matchAll(pattern), ({ groups = {}, index, 0: text }) => ({
    specifier: groups['specifier'] ?? '',
    line: source.slice(0, index + text.length).split('\n').length,
    reexport: groups['keyword'] === 'export',
  }))
}
