// Writes the table of docs/toolchains.md: `npm run docs:toolchains`. A spec tells when it isn't that of the matrix.
import { writeFile } from 'node:fs/promises'
import { pages } from './table.ts'

const { path, wanted } = await pages()
await writeFile(path, wanted)
