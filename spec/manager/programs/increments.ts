import { attach } from 'referent'
import type { Counter } from '../../harness/counter.ts'

// Calls what the reference leads to, once.

const counter = await attach<Counter>(process.argv[2] ?? '')
console.log(await counter.increment())
