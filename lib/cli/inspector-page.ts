import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { onAbort } from '../abort.ts'
import { keepingAlive } from '../deadline.ts'
import { openInspector } from '../inspector/open.ts'
import type { Manager } from '../manager/manager.ts'
import type { OutputOptions } from './command.ts'
import { jsonLine, type Output } from './output.ts'
import { asUsage } from './access.ts'

export interface PageOptions extends OutputOptions {
  readonly port?: number
  readonly allowCalls?: boolean
  /** False where no browser is to be started. */
  readonly browser?: boolean
}

/** Serves the inspector's page, prints the link to it and opens it, until the signal aborts. */
export async function showPage(
  manager: Manager,
  out: Output,
  { port = 0, allowCalls = false, browser = true, json = false }: PageOptions,
  signal: AbortSignal,
): Promise<void> {
  await using inspector = await asUsage(() => openInspector(manager, { port, allowCalls }))
  const url = inspector.url()
  await out.lines(json ? jsonLine({ url }) : `inspector at ${url}`)
  const opening = browser ? await openBrowser(inspector.url()) : undefined
  try {
    await keepingAlive(aborted(signal))
  } finally {
    await opening?.[Symbol.asyncDispose]()
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => void onAbort(signal, () => resolve()))
}

/**
 * Has the browser open a link. The link is a secret, and other users can read command lines: what the browser is given is a file
 * of this user alone that leads there, and which disposing deletes. Where there is no browser, nothing happens.
 */
async function openBrowser(url: string): Promise<AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'referent-inspector-'))
  const file = join(folder, 'open.html')
  await writeFile(file, `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=${url}">`, {
    mode: 0o600,
  })
  const [command, ...args] = opener()
  spawn(command, [...args, pathToFileURL(file).href], { detached: true, stdio: 'ignore' })
    .on('error', () => undefined)
    .unref()
  return { [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

function opener(): readonly [command: string, ...args: string[]] {
  if (process.platform === 'darwin') return ['open']
  if (process.platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler']
  return ['xdg-open']
}
