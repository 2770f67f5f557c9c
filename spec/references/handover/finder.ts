import { readFile } from 'node:fs/promises'
import { attach, type Reference } from 'referent'
import type { Item } from '../shelf.ts'

// Finds references in an environment variable, in a file and in the body of an answer, all of which it was told.

const { BY_ENVIRONMENT = '', FILE = '', PAGE = '' } = process.env
const references = [BY_ENVIRONMENT, await readFile(FILE, 'utf8'), ...((await (await fetch(PAGE)).json()) as string[])]

for (const reference of references) {
  const item = await attach(reference as Reference<Item>)
  console.log(`${await item.label} touched ${await item.touch()}`)
}
