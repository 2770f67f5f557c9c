import { isMain, Process } from 'referent'
import { moduleUrl } from '../../harness/module.ts'
import { refused, processOf } from '../work.ts'

// Prints how children that can't do their work are joined.

export function fail(): never {
  throw new RangeError('thrown by the child')
}

async function tell(what: string, child: Process): Promise<void> {
  child.start()
  const outcome = await child
    .join()
    .catch((error: unknown) =>
      error instanceof Error ? `${Reflect.get(error, 'code')}: ${error.message}` : 'not an error',
    )
  console.log(what, outcome)
}

if (isMain(import.meta)) {
  await tell('fail', new Process(fail))
  for (const kind of ['unexported', 'namesake']) await tell(kind, processOf(refused[kind] ?? fail))
  await tell('missing', new Process({ module: moduleUrl('./missing.ts', import.meta.url).href, name: 'work' }))
  await tell('named', new Process({ module: import.meta.url, name: 'nobody' }))
}
