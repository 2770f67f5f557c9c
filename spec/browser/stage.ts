import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { patienceMs } from '../harness/eventually.ts'

// Beside the specs, as they run compiled.
export const clientFile = fileURLToPath(new URL('../../browser/browser.js', import.meta.url))

const html = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>spec</title>
<script type="module">import * as referent from '/browser.js'; globalThis.referent = referent</script>`

/** Pages of two origins, in a browser, that have the client as \`referent\`. */
export class Stage implements AsyncDisposable {
  readonly #server: Server
  readonly #browser: Browser
  readonly #context: BrowserContext

  private constructor(server: Server, browser: Browser, context: BrowserContext) {
    this.#server = server
    this.#browser = browser
    this.#context = context
  }

  static async start(): Promise<Stage> {
    const code = await readFile(clientFile)
    const server = createServer(({ url }, response) => {
      const isClient = url === '/browser.js'
      response.writeHead(200, { 'content-type': isClient ? 'text/javascript' : 'text/html' })
      response.end(isClient ? code : html)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium' })
    return new Stage(server, browser, await browser.newContext())
  }

  /** The origin of its pages. */
  get origin(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Another one, of the same server. */
  get otherOrigin(): string {
    return `http://localhost:${this.#port}`
  }

  get #port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** A page with the client, in a context of its own where there are options for it: that takes as long as the page. */
  async open(origin: string = this.origin, options?: BrowserContextOptions): Promise<Page> {
    const context = options === undefined ? this.#context : await this.#browser.newContext(options)
    context.setDefaultTimeout(patienceMs)
    const page = await context.newPage()
    await page.goto(origin)
    await page.waitForFunction('"referent" in globalThis')
    return page
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close()
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
