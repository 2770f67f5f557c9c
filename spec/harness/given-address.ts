import { Manager, type ManagerOptions, type StartOptions } from 'referent'

// Loaded before a spec, and before the programs that it starts: servers of which nobody says where they listen do at `ADDRESS`,
// and those whose connection is lost are given up after a second.

const address = process.env['ADDRESS']
const start = Manager.start

if (address !== undefined)
  Manager.start = function (this: typeof Manager, options: ManagerOptions & StartOptions = {}) {
    const isChosen = options.address !== undefined || options.host !== undefined || options.servers !== undefined
    return start.call(this, isChosen ? options : { address, resumeMs: 1000, ...options })
  } as typeof start
