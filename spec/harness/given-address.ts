import { Manager, type ManagerOptions, type StartOptions } from 'referent'

// Loaded before a spec, and before the programs that it starts: servers of which nobody says where they listen do at `ADDRESS`.
// Their sessions end with a connection, as those of one machine do: spec/resume has those that don't.

const address = process.env['ADDRESS']
const start = Manager.start

if (address !== undefined)
  Manager.start = function (this: typeof Manager, options: ManagerOptions & StartOptions = {}) {
    const isChosen = options.address !== undefined || options.host !== undefined || options.servers !== undefined
    return start.call(this, isChosen ? options : { address, resumeMs: 0, ...options })
  } as typeof start
