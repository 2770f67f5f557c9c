import { after, before } from 'node:test'
import { Sandbox } from './sandbox.ts'

/**
 * Puts the specs of the file that calls this into a sandbox: the managers and processes they start in this process
 * too. Fails where any of them leaves something behind.
 */
export function leaveNothing(): void {
  let sandbox: Sandbox
  const own = { ...process.env }

  before(async () => {
    sandbox = await Sandbox.create()
    // Read whenever a temporary folder is asked for, and inherited by every process that is started from now on.
    Object.assign(process.env, sandbox.variables)
  })

  after(async () => {
    for (const name of Object.keys(sandbox.variables)) restore(name, own[name])
    await sandbox[Symbol.asyncDispose]()
  })
}

function restore(name: string, value: string | undefined): void {
  if (value === undefined) Reflect.deleteProperty(process.env, name)
  else process.env[name] = value
}
