import { after, before, describe, it } from 'node:test'
import { rows } from './rows.ts'
import { Workshop } from './workshop.ts'

describe('the packed package', { concurrency: 2 }, () => {
  let workshop: Workshop

  before(async () => {
    workshop = await Workshop.open()
  })

  after(() => workshop[Symbol.asyncDispose]())

  for (const [index, { tool, how, isRefused = false, check }] of rows.entries()) {
    it(`${isRefused ? 'refuses' : 'works with'} ${tool}: ${how}`, async () =>
      check(await workshop.project(`row-${index}`)))
  }
})
