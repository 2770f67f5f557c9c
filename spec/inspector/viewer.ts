import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { patienceMs } from '../harness/eventually.ts'

/** A browser in which pages of inspectors are looked at. Disposing it fails where a page had an error. */
export class Viewer implements AsyncDisposable {
  readonly #browser: Browser
  /** What went wrong in pages: exceptions, and what their policy refused. */
  readonly problems: string[] = []

  private constructor(browser: Browser) {
    this.#browser = browser
  }

  static async start(): Promise<Viewer> {
    return new Viewer(await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium' }))
  }

  /** A page in a context of its own, at an address. */
  async open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.#browser.newContext({ viewport: { width: 1200, height: 760 }, ...options })
    context.setDefaultTimeout(patienceMs)
    const page = await context.newPage()
    page.on('pageerror', (error) => this.problems.push(String(error)))
    page.on('console', (message) => {
      if (message.type() === 'error') this.problems.push(message.text())
    })
    await page.goto(url)
    return page
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close()
    if (this.problems.length > 0) throw new Error(`pages had errors: ${this.problems.join('\n')}`)
  }
}

/** Shows a view by its tab. */
export async function choose(page: Page, tab: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: tab }).click()
}

/** With UPDATE in the environment, writes what the page shows as a picture of the docs. */
export async function picture(page: Page, name: string): Promise<void> {
  if (process.env['UPDATE'] !== undefined) await page.screenshot({ path: `inspector/pictures/${name}.png` })
}
