import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { Manager } from 'referent'
import { Inspector } from '../../lib/inspector/inspector.ts'
import { eventually } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Viewer } from './viewer.ts'

leaveNothing()

/** What is written in which colour, on which one. */
const written = [
  ['text', 'back'],
  ['text', 'raised'],
  ['faint', 'back'],
  ['faint', 'raised'],
  ['accent', 'back'],
  ['bad', 'back'],
  ['bad', 'bad-back'],
] as const

describe("the page's colours", { timeout: 60_000 }, () => {
  let viewer: Viewer
  let manager: Manager
  let inspector: Inspector

  before(async () => {
    viewer = await Viewer.start()
    manager = await Manager.serve()
    inspector = await Inspector.open(manager)
  })
  after(async () => {
    await (viewer as Viewer | undefined)?.[Symbol.asyncDispose]()
    await inspector.close()
    await manager.close()
  })

  it('are light or dark as the system is, and can be read in both', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await viewer.open(inspector.url(), { colorScheme })
      await page.getByRole('navigation').waitFor()
      const back = luminance(await page.evaluate(() => getComputedStyle(document.body).backgroundColor))
      assert.ok(colorScheme === 'light' ? back > 0.9 : back < 0.1, `${colorScheme}: ${back}`)
      for (const [text, on] of written) {
        const [one, other] = [luminance(await colour(page, text)), luminance(await colour(page, on))]
        // What WCAG 2.2 asks of text, 1.4.3.
        const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
        assert.ok(contrast >= 4.5, `${colorScheme}: ${text} on ${on} has a contrast of ${contrast.toFixed(2)}`)
      }
      await page.context().close()
    }
  })

  it('change with it in a page that is open, and in its plots', async () => {
    const page = await viewer.open(inspector.url(), { colorScheme: 'light' })
    await page.locator('canvas').first().waitFor()
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme })
      const line = channelsOf(await colour(page, 'line'))
      await eventually(`the plots are ${colorScheme}`, async () => ((await isDrawn(page, line)) ? true : undefined))
    }
    await page.context().close()
  })
})

/** A colour of the style sheet, as `rgb()`. */
function colour(page: Page, name: string): Promise<string> {
  return page.evaluate((variable) => {
    const probe = document.body.appendChild(document.createElement('i'))
    probe.style.color = `var(--${variable})`
    const { color } = getComputedStyle(probe)
    probe.remove()
    return color
  }, name)
}

/** Whether the first plot has a point of this colour. */
function isDrawn(page: Page, channels: readonly number[]): Promise<boolean> {
  return page
    .locator('canvas')
    .first()
    .evaluate((canvas, wanted) => {
      const { width, height } = canvas as HTMLCanvasElement
      const points = (canvas as HTMLCanvasElement).getContext('2d')?.getImageData(0, 0, width, height).data ?? []
      for (let at = 0; at < points.length; at += 4)
        if (wanted.every((channel, index) => points[at + index] === channel) && points[at + 3] === 255) return true
      return false
    }, channels)
}

function channelsOf(rgb: string): readonly number[] {
  const [red = 0, green = 0, blue = 0] = (rgb.match(/\d+/g) ?? []).map(Number)
  return [red, green, blue]
}

/** The relative luminance of WCAG 2.2, from 0 to 1. */
function luminance(rgb: string): number {
  const [red = 0, green = 0, blue = 0] = channelsOf(rgb).map((channel) => {
    const part = channel / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
