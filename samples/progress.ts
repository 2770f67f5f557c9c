// Primes are counted by worker processes, and a bar tells how far they have come: by lines where there is no terminal.
import { progress } from '@clack/prompts'
import { isMain, Pool, type Progress } from 'referent'

const span = 20_000

/** How many primes there are in the span that begins at `start`. */
export function countPrimes(start: number): number {
  let primes = 0
  for (let number = Math.max(start, 2); number < start + span; number++) if (isPrime(number)) primes++
  return primes
}

function isPrime(number: number): boolean {
  for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) return false
  return true
}

/** What draws a bar for so many items, and ends it with a last message. */
function openBar(max: number) {
  const bar = progress({ max })
  let drawn = 0
  bar.start('counting primes')
  return {
    draw: (told: Progress) => {
      const ended = told.done + told.failed
      bar.advance(ended - drawn, describe(told))
      drawn = ended
    },
    end: (message: string) => bar.stop(message),
  }
}

/** The same in lines, one for each quarter. */
function openLines(max: number) {
  let quarters = 0
  return {
    draw: (told: Progress) => {
      const now = Math.floor((told.done / max) * 4)
      if (now > quarters) console.log(describe(told))
      quarters = now
    },
    end: (message: string) => console.log(message),
  }
}

function describe({ done, total, ratePerS }: Progress): string {
  return `${done} of ${total}, ${ratePerS.toFixed()} a second`
}

if (isMain(import.meta)) {
  const starts = Array.from({ length: 200 }, (_, index) => index * span)
  const bar = process.stdout.isTTY ? openBar(starts.length) : openLines(starts.length)

  await using pool = new Pool()
  const counts = await pool.map(countPrimes, starts, { onProgress: bar.draw })
  bar.end(`${counts.reduce((sum, count) => sum + count)} primes below ${span * starts.length}`)
}
