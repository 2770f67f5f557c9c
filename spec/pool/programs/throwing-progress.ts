// The listeners of a pool's progress throw, or reject.
import { isMain, Pool } from 'referent'
import { named } from '../work.ts'

if (isMain(import.meta)) {
  const caught = new Set<string>()
  const tell = (line: string): void => {
    if (!caught.has(line)) console.log(line)
    caught.add(line)
  }
  process.on('uncaughtException', ({ message }) => tell(`uncaught: ${message}`))
  process.on('unhandledRejection', (reason) => tell(`unhandled: ${(reason as Error).message}`))

  await using pool = new Pool({ processes: 1 })
  const mapped = await pool.map(named('square'), [1, 2], {
    onProgress() {
      throw new Error('thrown')
    },
  })
  const iterated: unknown[] = []
  const onProgress = async (): Promise<never> => {
    throw new Error('rejected')
  }
  for await (const result of pool.imap(named('square'), [3], { onProgress })) iterated.push(result)
  console.log(`mapped ${String(mapped)}`)
  console.log(`iterated ${String(iterated)}`)
}
