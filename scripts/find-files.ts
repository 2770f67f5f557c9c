import { existsSync, readdirSync } from 'node:fs'

/** The files below `folders` whose names end in `ending`, sorted, as paths with forward slashes. A folder may be missing. */
export function findFiles(folders: readonly string[], ending: string): string[] {
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`))
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith(ending))
    .toSorted()
}
