import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Builds the package and packs it into `folder`, as `npm publish` would; returns the tarball's path. */
export function pack(folder: string): string {
  // npm is a script that Windows finds through its shell only.
  const shell = process.platform === 'win32'
  // Read as text, so that a failed build shows the compiler's errors.
  execFileSync('npm', ['pack', '--pack-destination', folder], { encoding: 'utf8', stdio: 'pipe', shell })
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  if (tarball === undefined) throw new Error(`npm pack left no tarball in ${folder}`)
  return join(folder, tarball)
}
