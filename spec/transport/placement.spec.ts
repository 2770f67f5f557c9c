import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { Program } from '../harness/program.ts'

/** Where both stay awake while they need the core for each other, a call takes twelve times as much as an echo, or more. */
const mostTimes = 6

const core = allowedCore()
const pinned = { skip: core === undefined && 'there is no taskset, which pins processes to a core', timeout: 60_000 }

describe('two processes on one core', pinned, () => {
  it('take little more processor time for a call than for an echo', async () => {
    const { lines, stderr } = await Program.run('./programs/placed.ts', import.meta.url, { args: [`${core}`] })
    const [callUs = NaN, echoUs = NaN] = lines.map((line) => Number(line.split(' ')[1]))
    assert.ok(callUs < mostTimes * echoUs, `a call took ${callUs} us, an echo ${echoUs}; ${stderr}`)
  })
})

/** A core that this process may use, as `taskset` says: `pid 1's current affinity list: 2-3,8`. */
function allowedCore(): number | undefined {
  const { stdout } = spawnSync('taskset', ['-p', '-c', `${process.pid}`], { encoding: 'utf8' })
  const [, first] = /: (\d+)/.exec(stdout ?? '') ?? []
  return first === undefined ? undefined : Number(first)
}
