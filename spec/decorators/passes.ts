import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Resolves when Node runs these arguments and exits with 0; rejects with all that it printed otherwise. */
export async function passes(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<void> {
  // Without NODE_TEST_CONTEXT: under it, a test file reports to its runner in binary.
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env
  try {
    await promisify(execFile)(process.execPath, args, { env: { ...inherited, ...env } })
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    throw new Error(`node ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error })
  }
}
