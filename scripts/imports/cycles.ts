/**
 * The circles in a graph of files and what they import, each from its first file back to it. Every circle shows
 * in at least one of them; imports that lead out of the graph are left out.
 */
export function findCycles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = []
  const finished = new Set<string>()
  const visit = (file: string, path: readonly string[]): void => {
    if (finished.has(file)) return
    if (path.includes(file)) return void cycles.push([...path.slice(path.indexOf(file)), file])
    for (const target of graph.get(file) ?? []) visit(target, [...path, file])
    finished.add(file)
  }
  for (const file of graph.keys()) visit(file, [])
  return cycles
}
