import { existsSync, readdirSync } from 'node:fs'

/**
 * What is below `folders` and has a name that ends in `ending`, sorted, as paths with forward slashes. A folder may be missing. Installed
 * packages aren't looked at: they may be installed at the same time.
 */
export function findFiles(folders: readonly string[], ending: string): string[] {
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap(below)
    .filter((path) => path.endsWith(ending))
    .toSorted()
}

function below(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => name !== 'node_modules')
  return entries.flatMap((entry) => {
    const path = `${folder.replaceAll('\\', '/')}/${entry.name}`
    return entry.isDirectory() ? [path, ...below(path)] : [path]
  })
}
