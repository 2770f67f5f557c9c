import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runInThisContext } from 'node:vm'
import { callSite, isSameModule } from '../lib/call-site.ts'

function where(): string | undefined {
  return callSite(where)
}

describe('callSite', () => {
  it('names the file of the caller', () => {
    assert.equal(where(), import.meta.url)
  })
  it('looks through built-in functions to the file that called them', () => {
    assert.deepEqual([1].map(where), [import.meta.url])
    assert.equal(Reflect.apply(where, undefined, []), import.meta.url)
  })
  it('sees through a stack that is kept short', () => {
    const limit = Error.stackTraceLimit
    Error.stackTraceLimit = 0
    try {
      assert.equal(where(), import.meta.url)
      assert.equal(Error.stackTraceLimit, 0)
    } finally {
      Error.stackTraceLimit = limit
    }
  })
  it('leaves prepareStackTrace as it was, be it set or absent', () => {
    const before = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')
    const prepare = () => 'prepared'
    try {
      Error.prepareStackTrace = prepare
      where()
      assert.equal(Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')?.value, prepare)
      Reflect.deleteProperty(Error, 'prepareStackTrace')
      where()
      assert.equal(Object.hasOwn(Error, 'prepareStackTrace'), false)
    } finally {
      if (before !== undefined) Object.defineProperty(Error, 'prepareStackTrace', before)
    }
  })
  it('gives nothing for an evaluated text that has no file, or a function that is not running', () => {
    const evaluated = { where }
    const text = 'globalThis.evaluated.where()'
    Object.assign(globalThis, { evaluated })
    try {
      for (const filename of [undefined, '[eval]', 'file:///app/[eval1]', 'file:///app/[eval]'])
        assert.equal(runInThisContext(text, { filename }), undefined)
      assert.equal(runInThisContext(text, { filename: 'file:///app/eval1' }), 'file:///app/eval1')
    } finally {
      Reflect.deleteProperty(globalThis, 'evaluated')
    }
    assert.equal(callSite(where), undefined)
  })
})

describe('isSameModule', () => {
  it('takes a path and its URL for one module, and a query for a fresh load of it', () => {
    assert.ok(isSameModule('/app/a%20b.js', '/app/a%20b.js'))
    assert.ok(isSameModule('/app/a b.js', 'file:///app/a%20b.js?v=2'))
    assert.ok(isSameModule('C:\\app\\a.js', 'file:///C:/app/a.js'))
    assert.ok(isSameModule(undefined, undefined))
  })
  it('tells different files apart', () => {
    assert.ok(!isSameModule('/app/a.js', 'file:///app/b.js'))
    assert.ok(!isSameModule('/app/a.js', undefined))
  })
})
