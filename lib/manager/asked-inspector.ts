import type { Inspected } from '../inspector/inspected.ts'
import type { Inspector } from '../inspector/inspector.ts'
import type { InspectorOptions } from '../inspector/inspector-options.ts'
import { openInspector } from '../inspector/open.ts'

/**
 * Opens the inspector that a manager's options ask for, and prints a link to it on the error output, as `node --inspect` does.
 * @throws (as a rejection) ManagerError `START_FAILED` where it can't listen
 */
export async function askedInspector(
  manager: Inspected,
  asked: boolean | InspectorOptions = false,
): Promise<Inspector | undefined> {
  if (asked === false) return undefined
  const inspector = await openInspector(manager, asked === true ? {} : asked)
  process.stderr.write(`referent: inspector at ${inspector.url()}\n`)
  return inspector
}
