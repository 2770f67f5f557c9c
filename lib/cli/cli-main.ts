#!/usr/bin/env node
import { run } from './program.ts'

// The command line `referent`.

// No top-level await: rolldown would cut modules of the library in two for it.
void run(process.argv.slice(2)).then((exitCode) => (process.exitCode = exitCode))
