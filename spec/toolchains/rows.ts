import type { Row } from './row.ts'
import { bundlers } from './rows/bundlers.ts'
import { compilers } from './rows/compilers.ts'
import { layouts } from './rows/layouts.ts'
import { runners } from './rows/runners.ts'
import { runtimes } from './rows/runtimes.ts'

export const rows: readonly Row[] = [...compilers, ...bundlers, ...runners, ...runtimes, ...layouts]
