import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { siblingModule } from '../../lib/process/child.ts'

describe('the module that a new process runs', () => {
  it('is beside the one that starts it, or the error says what to do about the bundle', () => {
    assert.match(siblingModule('child.spec', import.meta.url).href, /spec\/process\/child\.spec\.[jt]s$/)
    const explained = { code: 'START_FAILED', message: /no server-main beside .*outside of a bundle, .*external/ }
    for (const url of [undefined, 'file:///app/bundle.js'])
      assert.throws(() => siblingModule('server-main', url), explained)
  })
})
