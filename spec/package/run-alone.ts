import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { cleanEnvironment } from '../harness/environment.ts'
import { Sandbox } from '../harness/sandbox.ts'

/**
 * Runs a program by this Node in `cwd`, with a temporary folder of its own, and returns what it printed. Asserts
 * that it exits with 0, prints no error, and leaves neither a process nor anything of its own in that folder.
 */
export async function runAlone(cwd: string, args: readonly string[]): Promise<string> {
  const sandbox = await Sandbox.create()
  try {
    const env = { ...cleanEnvironment(), ...sandbox.variables }
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd, env, timeout: 30_000 })
    assert.equal(stderr, '')
    await sandbox.assertEmpty()
    return stdout
  } finally {
    await sandbox.remove()
  }
}
