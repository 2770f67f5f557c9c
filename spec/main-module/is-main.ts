import { isMain, Manager, Process } from 'referent'
import { tellStart } from './starts.ts'
import { Teller } from './teller.ts'

tellStart()

/** What bundlers write for `import.meta`: of the source, or nothing. */
const metas = [{ ...import.meta, url: 'file:///source/main.ts' }, {} as ImportMeta, undefined]

/** The one answer of all ways to ask. */
function isProgram(): boolean | string {
  const answers = new Set([isMain(import.meta), ...metas.map((meta) => isMain(meta)), isMain()])
  return answers.size === 1 ? isMain() : 'sometimes'
}

export function tell(): void {
  console.log(`child ${isProgram()}`)
}

Manager.register('Main', () => new Teller(isProgram()), { exposed: ['tell'] })

if (isMain(import.meta)) {
  await using manager = await Manager.start({ host: process.env['SERVER_HOST'] === 'thread' ? 'thread' : 'process' })
  const teller = await manager.create<Teller>('Main')
  const child = new Process(tell)
  child.start()
  await child.join()
  console.log(`server ${await teller.tell()}`)
  console.log(`program ${isProgram()}`)
}
