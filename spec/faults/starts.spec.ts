import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { cleanEnvironment } from '../harness/environment.ts'
import { moduleUrl, programFlags } from '../harness/module.ts'
import { Sandbox } from '../harness/sandbox.ts'
import type { Traces } from './traces.ts'

// CI has STARTS=100.
const starts = Number(process.env['STARTS'] ?? 10)
const program = programFlags(moduleUrl('./programs/starts.ts', import.meta.url))
const skip = process.platform !== 'linux' && 'what a process has open is read from /proc'

describe(`a program that starts and closes a manager ${starts} times`, { skip }, () => {
  it('has then just the files, sockets, timers, listeners and processes that it had before', async () => {
    await using sandbox = await Sandbox.create()
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [...program, String(starts)], {
      env: { ...cleanEnvironment(), ...sandbox.variables },
    })
    await sandbox.assertEmpty()
    assert.equal(stderr, '', 'what Node warns of, such as too many listeners')
    const { before, after } = JSON.parse(stdout) as Readonly<Record<'before' | 'after', Traces>>
    assert.deepEqual(after, before)
  })
})
