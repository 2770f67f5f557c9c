import { Exposed, Manager, Shared, type StartOptions } from 'referent'

/** What initializers left in this process. */
const notes: string[] = []

export async function note(...texts: string[]): Promise<void> {
  await Promise.resolve()
  notes.push(...texts, String(process.pid))
}

export function fail(): never {
  throw new RangeError('the initializer is out of range')
}

export function hang(): Promise<never> {
  return new Promise(() => undefined)
}

/** What `refused.namesake` is not. */
export function namesake(): string {
  return 'the exported one'
}

function unexported(): void {}

export const refused: Readonly<Record<string, () => unknown>> = {
  unexported,
  anonymous: (
    () => () =>
      undefined
  )(),
  bound: note.bind(undefined),
  namesake: { namesake: () => undefined }.namesake,
}

/** Reads what the initializers of its process left. */
@Shared()
export class Notes {
  @Exposed
  read(): string[] {
    return notes
  }
}

/** Starts a manager from the module that exports the initializers. */
export function startHere(options: StartOptions, manager: Manager = new Manager()): Promise<Manager> {
  return manager.start(options)
}
