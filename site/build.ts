// Makes the documentation a site: `npm run docs:site`. Its tools are packages of this folder, as they need another TypeScript.
import { execFileSync } from 'node:child_process'
import { findDeadLinks } from '../spec/site/dead-links.ts'
import { writePages } from './pages.ts'

writePages('site/pages')
for (const tool of ['typedoc', 'tsc', 'vitepress build']) {
  execFileSync('npx', tool.split(' '), { cwd: 'site', stdio: 'inherit' })
}
const dead = findDeadLinks('site/dist')
if (dead.length > 0) throw new Error(`dead links:\n${dead.join('\n')}`)
