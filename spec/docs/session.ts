import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { hostname } from 'node:os'
import { promisify } from 'node:util'
import { fileURLToPath } from 'node:url'
import { cleanEnvironment } from '../harness/environment.ts'
import { Sandbox } from '../harness/sandbox.ts'

const cli = fileURLToPath(new URL('../../lib/cli-main.js', import.meta.url))

/** What stands before the output of each command. */
const prompt = '$ '

/**
 * Types what a page shows of the command line into one shell, and asserts that it prints what is shown there: but for numbers, which
 * differ each time, names of machines and folders, and the spaces between columns. Leaves nothing behind.
 */
export async function assertSession(folder: string, shown: string): Promise<void> {
  await using sandbox = await Sandbox.create()
  const env = { ...cleanEnvironment(), ...sandbox.variables, CLI: cli, NODE: process.execPath, NO_COLOR: '1' }
  const commands = shown.split('\n').filter((line) => line.startsWith(prompt))
  const script = [
    'referent() { "$NODE" "$CLI" "$@" 2>&1; }',
    ...commands.flatMap((line) => [`echo '${line}'`, typed(line.slice(prompt.length))]),
    'kill $!; wait $!',
  ]
  const options = { cwd: folder, env, timeout: 60_000 }
  const { stdout } = await promisify(execFile)('bash', ['-c', script.join('\n')], options)
  assert.equal(alike(stdout.replaceAll(folder, '/home/ada')), alike(shown))
}

/** Programs are compiled. What runs in the background is waited for until it has printed something. */
function typed(command: string): string {
  const compiled = command.replace(/\.ts\b/, '.js')
  if (!compiled.endsWith('&')) return compiled
  return `"$NODE" "$CLI" ${compiled.replace(/^referent |&$/g, '')} > output & until grep -q . output; do sleep 0.05; done; cat output; rm output`
}

function alike(text: string): string {
  return text
    .replaceAll(hostname(), 'bakery-host')
    .replaceAll(/\d[\d.]* (?:ms\b|s\b|min\b|%|MiB\b)/g, 'AMOUNT')
    .replaceAll(/\d+/g, '0')
    .replaceAll(/ +/g, ' ')
}
