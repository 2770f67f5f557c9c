import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { describe, it } from 'node:test'
import { onAbort } from '../lib/abort.ts'

describe('onAbort', () => {
  it('tells all who listen, once each, in the order they came', () => {
    const controller = new AbortController()
    const told: number[] = []
    for (let at = 0; at < 20; at++) onAbort(controller.signal, () => told.push(at))
    controller.abort()
    assert.deepEqual(
      told,
      Array.from({ length: 20 }, (_, at) => at),
    )
  })

  it('adds one listener to the signal, and removes it with the last who stops', () => {
    const { signal } = new AbortController()
    const stops = Array.from({ length: 20 }, () => onAbort(signal, () => undefined))
    assert.equal(getEventListeners(signal, 'abort').length, 1)
    for (const stop of stops.slice(1)) stop()
    assert.equal(getEventListeners(signal, 'abort').length, 1)
    stops[0]?.()
    assert.equal(getEventListeners(signal, 'abort').length, 0)
  })

  it('tells nobody who has stopped, also while it tells others', () => {
    const controller = new AbortController()
    const told: string[] = []
    const listen = (name: string) => onAbort(controller.signal, () => told.push(name))
    listen('stopped')()
    onAbort(controller.signal, () => stopLast())
    listen('stays')
    const stopLast = listen('last')
    controller.abort()
    assert.deepEqual(told, ['stays'])
  })

  it('counts a function that listens twice as two', () => {
    const controller = new AbortController()
    let told = 0
    const tell = (): void => void told++
    const stop = onAbort(controller.signal, tell)
    onAbort(controller.signal, tell)
    stop()
    stop()
    controller.abort()
    assert.equal(told, 1)
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
  })
})
