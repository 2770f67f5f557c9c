import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { pages } from './table.ts'

describe('the page of toolchains', () => {
  it('has the table of all that is tried; if not, run `npm run docs:toolchains`', async () => {
    const { wanted, actual } = await pages()
    assert.equal(actual, wanted)
  })
})
