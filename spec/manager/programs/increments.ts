import { attach } from 'referent'
import type { Counter } from '../../harness/counter.ts'

// Calls what the reference leads to, once.

const [reference = '', options = '{}'] = process.argv.slice(2)
const counter = await attach<Counter>(reference, JSON.parse(options) as object)
console.log(await counter.increment())
