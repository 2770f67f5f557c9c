/** The fields of a message in order, each with its JSON text. */
export type Fields = readonly (readonly [name: string, text: string])[]

/** What a message carries beside its fields. */
export interface Body {
  readonly fields: Fields
  readonly byteArrays: readonly Uint8Array[]
}

export function objectOf(fields: Fields): string {
  return `{${fields.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join()}}`
}

export function plain(text: string): Body {
  return { fields: [['value', text]], byteArrays: [] }
}

/** A graph from the texts of its nodes. */
export function graph(
  nodes: readonly string[],
  more: { root?: string; references?: readonly string[]; leaves?: string; byteArrays?: readonly Uint8Array[] } = {},
): Body {
  const { root = '[0]', references = [], leaves, byteArrays = [] } = more
  const fields: Fields = [
    ['root', root],
    ['nodes', `[${nodes.join()}]`],
    ...(references.length === 0 ? [] : ([['references', `[${references.join()}]`]] as const)),
    ...(leaves === undefined ? [] : ([['leaves', leaves]] as const)),
  ]
  return { fields: [['graph', objectOf(fields)]], byteArrays }
}

/** A list of arguments: plain ones, then those that cross by reference. */
export function withReferences(plainTexts: readonly string[], references: readonly string[]): Body {
  const pointers = references.map((_, index) => `[${index + 1}]`)
  const nodes = references.map((_, index) => `["reference",${index}]`)
  return graph([`["array",[${[...plainTexts, ...pointers].join()}]]`, ...nodes], { references })
}
