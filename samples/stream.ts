// Generators as streams: a slow reader holds a fast producer, leaving early runs the producer's `finally`, and bytes go
// straight from the server into a file of this process.
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { Exposed, isMain, Manager, Shared } from 'referent'

@Shared()
export class Sensor {
  #produced = 0
  #isOpen = false

  @Exposed
  async *readings(): AsyncGenerator<number> {
    this.#isOpen = true
    try {
      for (;;) yield ++this.#produced
    } finally {
      this.#isOpen = false
    }
  }

  @Exposed
  get status(): string {
    return `${this.#produced} produced, ${this.#isOpen ? 'open' : 'closed'}`
  }

  @Exposed
  async dump(to: WritableStream<Uint8Array>): Promise<void> {
    const writer = to.getWriter()
    for (let part = 0; part < 16; part++) await writer.write(new Uint8Array(65_536).fill(part))
    await writer.close()
  }

  @Exposed
  async sum(numbers: AsyncIterable<number>): Promise<number> {
    let sum = 0
    for await (const number of numbers) sum += number
    return sum
  }
}

async function* oneToThousand() {
  for (let number = 1; number <= 1000; number++) yield number
}

if (isMain(import.meta)) {
  await using manager = await Manager.start()
  const sensor = await manager.create(Sensor)

  for await (const reading of sensor.readings()) {
    await sleep(5)
    if (reading === 20) console.log(`read 20: ${await sensor.status}`) // at most 32 ahead of its reader
    if (reading === 50) break
  }
  console.log(`left at 50: ${await sensor.status}`)

  console.log(`1 + 2 + ... + 1000 = ${await sensor.sum(oneToThousand())}`)

  const folder = await mkdtemp(join(tmpdir(), 'sample-'))
  const file = join(folder, 'dump')
  await sensor.dump(Writable.toWeb(createWriteStream(file)))
  console.log(`dumped ${(await stat(file)).size} bytes`)
  await rm(folder, { recursive: true })
}
