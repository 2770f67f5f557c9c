import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { patienceMs } from '../harness/eventually.ts'
import { Program } from '../harness/program.ts'

describe('samples/browser', { timeout: 60_000 }, () => {
  it('shows one counter and one chat to all its pages, also to those that come later, and ends when it is told to', async () => {
    const program = await Program.start('../../samples/browser/server.ts', import.meta.url)
    const browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium' })
    try {
      const context = await browser.newContext()
      context.setDefaultTimeout(patienceMs)
      const url = await program.line('open ')
      const [ada, grace] = [await visit(context, url, 'Ada'), await visit(context, url, 'Grace')]
      await shows(ada, 'Grace has come')

      await ada.getByRole('button', { name: 'One more' }).click()
      for (const page of [ada, grace]) await counts(page, 1)
      for (let click = 0; click < 3; click++) await grace.getByRole('button', { name: 'One more' }).click()
      for (const page of [ada, grace]) await counts(page, 4)
      await counts(await visit(context, url, 'Late'), 4)

      await grace.getByLabel('Say').fill('is anybody there?')
      await grace.getByRole('button', { name: 'Send' }).click()
      for (const page of [ada, grace]) await shows(page, 'Grace: is anybody there?')

      // The seat goes with its page.
      await grace.close()
      await shows(ada, 'Grace has gone')
      assert.equal(await ada.locator('#problem').textContent(), '')

      program.kill('SIGINT')
      const { code, stderr } = await program.ending()
      assert.deepEqual([code, stderr], [0, ''])
    } finally {
      await browser.close()
      await program[Symbol.asyncDispose]()
    }
  })
})

async function visit(context: BrowserContext, url: string, name: string): Promise<Page> {
  const page = await context.newPage()
  page.on('pageerror', (error) => assert.fail(error))
  await page.goto(`${url}?name=${name}`)
  await shows(page, `${name} has come`)
  return page
}

async function shows(page: Page, line: string): Promise<void> {
  await page.locator('#lines').getByText(line).first().waitFor()
}

async function counts(page: Page, count: number): Promise<void> {
  await page.waitForFunction((expected) => document.getElementById('count')?.textContent === expected, String(count))
}
