import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMain, Manager } from 'referent'

// Serves at two addresses, and ends without closing, as its argument says.

if (isMain(import.meta)) {
  await Manager.serve()
  await Manager.serve({ address: `unix:${join(tmpdir(), 'given')}` })
  console.log('serves')
  if (process.argv[2] === 'exits') process.exit(0)
  if (process.argv[2] === 'throws') throw new Error('thrown by the program')
}
