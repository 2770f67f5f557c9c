// Checks the imports of the whole tree; part of `npm run lint`.
import { readFileSync } from 'node:fs'
import { findFiles } from './find-files.ts'
import { findOffences } from './imports/direction.ts'

const files = findFiles(['lib', 'spec', 'samples', 'bench', 'scripts'], '.ts')
const offences = findOffences(new Map(files.map((file) => [file, readFileSync(file, 'utf8')])))

for (const offence of offences) console.error(offence)
console.log(`Imports of ${files.length} files checked, ${offences.length} offences`)
process.exitCode = offences.length === 0 ? 0 : 1
