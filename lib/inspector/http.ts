import type { IncomingMessage, ServerResponse } from 'node:http'
import type { PageFile } from './page-files.ts'

/** Nothing but its own files, and a WebSocket to where it came from; no text becomes HTML or a script. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

const headers = {
  'content-security-policy': policy,
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

/**
 * Whether a request names this machine itself: a name that anybody may have their DNS answer with a loopback address is none of it.
 * The port is free, as somebody may reach it by a tunnel.
 */
export function isOwnHost({ headers: { host = '' } }: IncomingMessage): boolean {
  return /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/.test(host)
}

/** Whether it is a page of this inspector that asks. A program other than a browser names no origin. */
export function isOwnOrigin({ headers: { host = '', origin } }: IncomingMessage): boolean {
  return origin === undefined || origin === `http://${host}`
}

/** Answers with a file of the page. */
export function serveFile(
  files: ReadonlyMap<string, PageFile>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { method = '', url = '' } = request
  const file = files.get(url)
  if (!isOwnHost(request)) return refuse(response, 403)
  if (method !== 'GET' && method !== 'HEAD') return refuse(response, 405)
  if (file === undefined) return refuse(response, 404)
  response.writeHead(200, { ...headers, 'content-type': file.type, 'content-length': file.bytes.byteLength })
  response.end(method === 'HEAD' ? undefined : file.bytes)
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { ...headers, 'content-type': 'text/plain; charset=utf-8' }).end(`${status}\n`)
}
