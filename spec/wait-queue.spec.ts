import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { timedOut, WaitQueue } from '../lib/wait-queue.ts'
import { sized } from './harness/size.ts'

const many = sized(50_000, 150_000)

/** Of processor time. In a time that is quadratic in their number it takes seconds. */
const linearMs = many / 100

describe('a long wait queue', { timeout: 60_000 }, () => {
  it('is resolved in the order of coming, in linear time', async () => {
    const queue = new WaitQueue<number, number>()
    const order: number[] = []
    const waits = Array.from({ length: many }, async (_, at) => {
      const result = await queue.wait(at)
      if (result !== timedOut) order.push(at - result)
    })
    const since = process.cpuUsage()
    for (let at = 0; queue.length > 0; at++) {
      assert.equal(queue.first, at)
      queue.resolveFirst(at)
    }
    await Promise.all(waits)
    assert.ok(process.cpuUsage(since).user < linearMs * 1000)
    assert.ok(order.length === many && order.every((difference) => difference === 0))
  })

  it('loses one in the middle, and the first and the last, at once', async () => {
    const queue = new WaitQueue<object>()
    const requests = Array.from({ length: many }, () => ({}))
    const outcomes = requests.map((request) => queue.wait(request).catch((reason: unknown) => reason))
    const [first, middle, last] = [requests[0], requests[many / 2], requests.at(-1)]
    const gone = new Error('gone')
    for (const each of [middle, first, last]) if (each !== undefined) queue.reject(each, gone)
    assert.equal(queue.first, requests[1])
    assert.equal(queue.length, many - 3)
    const since = process.cpuUsage()
    for (const request of requests.toReversed()) queue.resolve(request)
    assert.ok(process.cpuUsage(since).user < linearMs * 1000)
    assert.equal(queue.length, 0)
    assert.equal((await Promise.all(outcomes)).filter((outcome) => outcome === gone).length, 3)
  })
})
