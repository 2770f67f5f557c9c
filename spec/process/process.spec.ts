import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { runInThisContext } from 'node:vm'
import { Manager, Process, type Remote } from 'referent'
import { Counter } from '../harness/counter.ts'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { moduleUrl } from '../harness/module.ts'
import { Program } from '../harness/program.ts'
import { madeProcess } from './made-work.ts'
import { add, addAll, exitWith, ignoreTerm, linger, processOf, refused } from './work.ts'

leaveNothing()

describe('a Process', () => {
  let manager: Manager

  before(async () => (manager = await Manager.start()))
  after(() => manager.close())

  it('calls an exported function in a child, with proxies among its arguments, and ends with 0', async () => {
    const counter = await manager.create(Counter, 1)
    const child = processOf(add, counter, 4)
    assert.deepEqual([child.name, child.pid, child.isAlive, child.exitCode], ['add', undefined, false, null])
    child.start()
    assert.ok(child.isAlive && child.pid !== process.pid)
    assert.equal(await child.join(), 0)
    assert.deepEqual([child.isAlive, child.exitCode, child.signal], [false, 0, null])
    assert.equal(await counter.value, 5)
  })

  it('takes proxies wherever they are inside an argument', async () => {
    const counters = await Promise.all([1, 2, 3].map((start) => manager.create(Counter, start)))
    const [one, two, three] = counters
    const child = processOf(addAll, {
      counters: new Map([
        ['first', [one]],
        ['rest', [two, three]],
      ]),
      since: new Date(2000, 5),
    })
    child.start()
    assert.equal(await child.join(), 0)
    assert.deepEqual(await Promise.all(counters.map((counter) => counter.value)), [2001, 2002, 2003])
  })

  it('finds a function by the name of its module too', async () => {
    const module = moduleUrl('./work.ts', import.meta.url).href
    const child = new Process({ module, name: 'exitWith' }, [7] as never)
    child.start()
    assert.equal(await child.join(), 7)
  })

  it('ends by the signal it is sent, and says so', async () => {
    const [terminated, killed] = await Promise.all([startLingering(manager), startLingering(manager)])
    assert.equal(await terminated.join(1), null)
    assert.ok(terminated.isAlive)
    terminated.terminate()
    killed.kill()
    assert.deepEqual([await terminated.join(), await killed.join()], [null, null])
    assert.deepEqual([terminated.signal, killed.signal], ['SIGTERM', 'SIGKILL'])
  })

  it('gives back what it held when it is killed', async () => {
    const child = await startLingering(manager)
    const isThere = async () => (await manager.inspect()).sessions.some(({ pid }) => pid === child.pid)
    assert.ok(await isThere())
    child.kill()
    await eventually('its session ends', async () => !(await isThere()) || undefined)
  })

  it('is ended at the end of the block that uses it', async () => {
    let pid = 0
    {
      await using child = await startLingering(manager)
      pid = child.pid ?? 0
    }
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
  })

  it('is killed where it ignores that it shall end', async () => {
    const child = await startLingering(manager, ignoreTerm)
    await within('it closes', child.close())
    assert.equal(child.signal, 'SIGKILL')
  })

  it('is joined for as long as it takes where that is longer than any timer, and for no time that there is not', async () => {
    const child = processOf(exitWith, 3)
    child.start()
    for (const timeoutMs of [NaN, -1])
      await assert.rejects(child.join(timeoutMs), { name: 'RangeError', message: /process\.join is .*; it must be/ })
    for (const timeoutMs of ['5', {}, null] as never[])
      await assert.rejects(child.join(timeoutMs), { name: 'TypeError', message: /process\.join is .*; it must be/ })
    assert.equal(await child.join(0), null)
    assert.equal(await within('the end', child.join(Infinity)), 3)
  })

  it('refuses to be started twice, and to be joined before', async () => {
    const child = processOf(exitWith, 0)
    await assert.rejects(child.join(), { code: 'NOT_STARTED', message: /'exitWith' was not started; call start\(\)/ })
    child.start()
    assert.throws(() => child.start(), { code: 'ALREADY_STARTED', message: /'exitWith' .*; make a new one/ })
    assert.equal(await child.join(), 0)
  })

  it("refuses an argument that can't cross, with its path, before it starts anything", () => {
    const child = processOf(exitWith, { items: [0, { fn: () => 1 }] })
    assert.throws(() => child.start(), { code: 'UNSERIALIZABLE', message: /argument 0\.items\[1\]\.fn: a function/ })
    assert.equal(child.pid, undefined)
  })

  it('calls a function that is written in another module than the one that makes the process', async () => {
    const child = new Process(exitWith, [5])
    child.start()
    assert.equal(await child.join(), 5)
  })

  it('calls a function that a library has made, where the module that makes the process exports it', async () => {
    const child = madeProcess()
    child.start()
    assert.equal(await child.join(), 6)
  })

  it('refuses arguments and options that can not be, naming them', () => {
    const refusal = (message: RegExp) => ({ name: 'TypeError', message })
    assert.throws(
      () => new Process(exitWith, 5 as never),
      refusal(/the list of arguments of a Process is 5; .* an array/),
    )
    assert.throws(() => new Process(exitWith, [0], { exec: [] } as never), refusal(/new Process has no option 'exec'/))
    assert.throws(() => new Process(exitWith, [0], { name: 5 } as never), refusal(/name is 5; it must be a text/))
    for (const module of ['./work.ts', 'node:fs', 'data:text/javascript,'])
      assert.throws(() => new Process({ module, name: 'add' }), refusal(/must be a file: URL or an absolute path/))
    for (const fn of [{}, { module: 5, name: 'x' }, null] as never[])
      assert.throws(() => new Process(fn), refusal(/must be a function that a module exports, or its name/))
    const child = new Process(exitWith, [manager.authkey as never])
    assert.throws(() => child.start(), { code: 'UNSERIALIZABLE', message: /argument 0: .*authkey.*\.bytes/ })
  })

  it('refuses a function without a name, saying what to declare', () => {
    const explained = { name: 'TypeError', message: /has no name .*: declare it as `export function name/ }
    for (const kind of ['anonymous', 'bound']) assert.throws(() => processOf(refused[kind] ?? exitWith), explained)
    const evaluate = runInThisContext('(Process) => new Process(function work() {})', {
      filename: 'file:///app/[eval1]',
    }) as (...args: unknown[]) => Process
    assert.throws(() => evaluate(Process), { name: 'TypeError', message: /is in no module file, .*move it/ })
    assert.throws(() => processOf('add' as never), { name: 'TypeError', message: /is 'add'; it must be a function/ })
  })
})

describe("a Process that can't do its work", () => {
  it('is joined with the reason, or with 1 when the function threw, which is printed', async () => {
    const { code, lines, stderr } = await Program.run('./programs/failures.ts', import.meta.url)
    assert.equal(code, 0)
    assertMatches(lines, [
      /^fail 1$/,
      /^unexported NOT_EXPORTED: .*work\.[jt]s can't give the function 'unexported' .*write `export function unexported/,
      /^namesake NOT_EXPORTED: .*'namesake' .*its export of that name is another function/,
      /^missing MODULE_FAILED: .*missing\.[jt]s can't be imported/,
      /^named NOT_EXPORTED: .*failures\.[jt]s can't give the function 'nobody'/,
    ])
    assert.match(stderr, /RangeError: thrown by the child/)
  })
})

describe("a process that can't be spawned", () => {
  it('fails what started it, and nothing else of the program', async () => {
    const { code, lines, stderr } = await Program.run('./programs/unspawned.ts', import.meta.url)
    assert.deepEqual([code, stderr], [0, ''])
    assertMatches(lines, [
      /^process START_FAILED: the process 'work' can't be started: spawn .*ENOENT/,
      /^manager START_FAILED: the server process can't be started: spawn .*ENOENT/,
      /^closed$/,
    ])
  })
})

async function startLingering(manager: Manager, fn = linger): Promise<Process> {
  const counter: Remote<Counter> = await manager.create(Counter)
  const child = processOf(fn, counter)
  child.start()
  await eventually('the child runs', async () => (await counter.value) === 1 || undefined)
  return child
}

function assertMatches(lines: readonly string[], patterns: readonly RegExp[]): void {
  assert.equal(lines.length, patterns.length, lines.join('\n'))
  for (const [index, pattern] of patterns.entries()) assert.match(lines[index] ?? '', pattern)
}
