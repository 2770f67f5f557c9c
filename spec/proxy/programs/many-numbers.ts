import { isMain, Manager, type Remote } from 'referent'
import { Growth } from '../../harness/growth.ts'
import { Pump } from '../pump.ts'

// Reads so many numbers, slower than they come, and prints by how many bytes both processes grew meanwhile. It is a
// program of its own since the runner of the specs slows down every promise. Nothing was streamed before: what the
// first items cost, such as compiling, counts too.

/** How long the reader works on each number; reading it takes as long again as producing it. */
const workMs = 0.001

/** Resolves with how much this process grew meanwhile. */
async function readSlowly(pump: Remote<Pump>, to: number): Promise<number> {
  const growth = new Growth()
  let expected = 0
  for await (const number of pump.watched(to)) {
    if (number !== expected++) throw new Error(`${number} came where ${expected - 1} was next`)
    work()
    if (number % 64 === 0) await new Promise(setImmediate)
    if (number % 1000 === 0) growth.sample()
    if (number % 100_000 === 0) console.log(`read ${number}.`)
  }
  console.log(`read ${expected}.`)
  return growth.bytes
}

function work(): void {
  const endMs = performance.now() + workMs
  while (performance.now() < endMs);
}

if (isMain(import.meta)) {
  await using manager = await Manager.start()
  const pump = await manager.create(Pump)
  console.log(`near ${await readSlowly(pump, Number(process.argv[2]))}`)
  console.log(`far ${await pump.grownBytes}`)
}
