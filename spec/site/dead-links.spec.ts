import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { findDeadLinks } from './dead-links.ts'

describe('the check of links', () => {
  it('accepts links to pages, to files, to anchors and to other sites', async () => {
    const links = [
      'a.html',
      './docs/b.html#one',
      '/docs/b.html',
      '/',
      '#top',
      'style.css',
      'https://nodejs.org/api/x#y',
      'data:,',
    ]
    const site = {
      'index.html': `<h1 id="top">${links.map((link) => `<a class="x" href="${link}">`).join('')}</h1>`,
      'a.html': '<img src="/style.css">',
      'docs/b.html': '<h2 id="one"><a href="../a.html">',
      'style.css': '',
    }
    assert.deepEqual(await deadLinksOf(site), [])
  })

  it('finds links to no file and to no anchor, from whichever folder', async () => {
    const site = {
      'index.html': '<a href="b.html"><a href="#none"><a href="docs/b.html#two"><script src="/assets/a.js"></script>',
      'docs/b.html': '<h2 id="one"><a href="index.html"><a href="/docs/"><a href="../index.html#one">',
    }
    assert.deepEqual(await deadLinksOf(site), [
      'docs/b.html: index.html',
      'docs/b.html: /docs/',
      'docs/b.html: ../index.html#one',
      'index.html: b.html',
      'index.html: #none',
      'index.html: docs/b.html#two',
      'index.html: /assets/a.js',
    ])
  })
})

async function deadLinksOf(site: Readonly<Record<string, string>>): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'dead-links-'))
  try {
    for (const [path, text] of Object.entries(site)) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), text)
    }
    return findDeadLinks(folder).map((link) => link.slice(folder.length + 1))
  } finally {
    await rm(folder, { recursive: true })
  }
}
