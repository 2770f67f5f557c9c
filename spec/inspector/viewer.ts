import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core'
import { eventually, patienceMs } from '../harness/eventually.ts'

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

  /**
   * How much processor time each task of a page's main thread takes while something is done, in milliseconds, the longest first: a
   * frame waits for the task that runs. How long it takes by the clock depends on what else the machine does.
   */
  async tasksOf(page: Page, deed: () => Promise<void>): Promise<readonly number[]> {
    await this.#browser.startTracing(page, { categories: ['disabled-by-default-devtools.timeline'] })
    await deed()
    const { traceEvents } = JSON.parse(String(await this.#browser.stopTracing())) as {
      traceEvents: readonly TraceEvent[]
    }
    const pages = traceEvents.filter(({ args }) => args.name === 'CrRendererMain')
    const tasks = traceEvents.filter(({ name, tid }) => name === 'RunTask' && pages.some((main) => main.tid === tid))
    return tasks.map(({ tdur = 0 }) => tdur / 1000).toSorted((one, other) => other - one)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close()
    if (this.problems.length > 0) throw new Error(`pages had errors: ${this.problems.join('\n')}`)
  }
}

/** What of Chromium's trace events is looked at: https://chromium.googlesource.com/catapult, "Trace Event Format". */
interface TraceEvent {
  readonly name: string
  readonly tid: number
  /** Of the processor, in microseconds. */
  readonly tdur?: number
  readonly args: { readonly name?: string }
}

/** Shows a view by its tab. */
export async function choose(page: Page, tab: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: tab }).click()
}

/** Does it again until it is seen: a watch begins a moment after it is asked for. */
export async function untilShown(what: Locator, act: () => Promise<unknown>): Promise<void> {
  await eventually('what was done is shown', async () => {
    await act()
    return (await what.count()) > 0 ? true : undefined
  })
}

/** With UPDATE in the environment, writes what the page shows as a picture of the docs. */
export async function picture(page: Page, name: string): Promise<void> {
  if (process.env['UPDATE'] !== undefined) await page.screenshot({ path: `inspector/pictures/${name}.png` })
}
