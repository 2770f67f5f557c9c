import { importUrl } from '../dynamic-import.ts'
import { siblingModule } from '../process/child.ts'
import type { Inspected } from './inspected.ts'
import type { Inspector } from './inspector.ts'
import type { InspectorOptions } from './inspector-options.ts'

/** As `Inspector.open`; its modules are loaded now, as most programs need none of them. */
export async function openInspector(inspected: Inspected, options: InspectorOptions = {}): Promise<Inspector> {
  const url = siblingModule('inspector-main', import.meta.url)
  const module = (await importUrl(url.href)) as unknown as { readonly Inspector: typeof Inspector }
  return module.Inspector.open(inspected, options)
}
