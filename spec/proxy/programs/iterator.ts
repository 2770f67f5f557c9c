import { attach, type Reference } from 'referent'
import type { Clock } from '../clock.ts'

// Iterates, and stops in the middle until it is killed.

const clock = await attach<Clock>(process.env['CLOCK'] as Reference<Clock>)
for await (const number of clock.count(1_000_000)) {
  console.log(`got ${number}`)
  await clock.untilReleased()
}
