import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Line, timedOut } from '../../lib/shared/line.ts'

const many = 150_000

/** In a time that is quadratic in their number it takes many seconds. */
const linearMs = 1500

describe('a long line', { timeout: 60_000 }, () => {
  it('is served in the order of coming, in linear time', async () => {
    const line = new Line<number, number>()
    const order: number[] = []
    const joined = Array.from({ length: many }, async (_, at) => {
      const served = await line.join(at)
      if (served !== timedOut) order.push(at - served)
    })
    const startMs = performance.now()
    for (let at = 0; line.length > 0; at++) assert.equal(line.serve(at), at)
    await Promise.all(joined)
    assert.ok(performance.now() - startMs < linearMs)
    assert.ok(order.length === many && order.every((difference) => difference === 0))
  })

  it('loses one in the middle, and the first and the last, at once', async () => {
    const line = new Line<object>()
    const tickets = Array.from({ length: many }, () => ({}))
    const outcomes = tickets.map((ticket) => line.join(ticket).catch((reason: unknown) => reason))
    const [first, middle, last] = [tickets[0], tickets[many / 2], tickets.at(-1)]
    const gone = new Error('gone')
    for (const each of [middle, first, last]) if (each !== undefined) line.turnAwayOne(each, gone)
    assert.equal(line.first, tickets[1])
    assert.equal(line.length, many - 3)
    const startMs = performance.now()
    for (const ticket of tickets.toReversed()) line.serveOne(ticket, undefined)
    assert.ok(performance.now() - startMs < linearMs)
    assert.equal(line.length, 0)
    assert.equal((await Promise.all(outcomes)).filter((outcome) => outcome === gone).length, 3)
  })
})
