import { after, describe, it } from 'node:test'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { isFull } from '../harness/size.ts'
import { type Expectation, type Fault, faults, type State, type Table } from './cell.ts'
import { hitClient } from './client-cell.ts'
import { clientTable } from './client-table.ts'
import { hitOwner } from './owner-cell.ts'
import { ownerTable } from './owner-table.ts'
import { hitServer } from './server-cell.ts'
import { serverTable } from './server-table.ts'
import { Stage } from './stage.ts'
import { sessionStates } from './programs/state.ts'

type Play = (stage: Stage, fault: Fault, state: State, expectation: Expectation) => Promise<void>

const states = [...sessionStates, 'shutdown running'] as const

// Each cell has a server of its own. They mostly wait for processes to start, so that several do at a time.
describe(
  'each fault ends what was running within its bound, with its error, and the next manager works:',
  { concurrency: 3 },
  () => {
    const stage = new Stage()

    after(() => stage.closeManagers())
    leaveNothing()

    describeTable('the server', serverTable, hitServer)
    describeTable('a client', clientTable, hitClient)
    describeTable('the owner', ownerTable, (_stage, ...cell) => hitOwner(...cell))

    function describeTable(victim: string, table: Table, play: Play): void {
      describe(`${victim} is hit by`, { concurrency: 2 }, () => {
        for (const fault of faults) for (const state of states) itIn(fault, state, table, play)
      })
    }

    function itIn(fault: Fault, state: State, table: Table, play: Play): void {
      const cell = table[fault][state]
      if ('impossible' in cell) {
        it(`${fault}, ${state}`, { skip: `impossible: ${cell.impossible}` })
        return
      }
      const skip = !isPlayed(fault, state, table) && 'FULL=1 plays it'
      it(`${fault}, ${state}: ${cell.says}`, { skip }, () => play(stage, fault, state, cell))
    }
  },
)

/** In a run that isn't full, each fault in each state hits one of those whom it can hit, in turns. */
function isPlayed(fault: Fault, state: State, table: Table): boolean {
  const possible = [serverTable, clientTable, ownerTable].filter((each) => !('impossible' in each[fault][state]))
  return isFull || possible[(faults.indexOf(fault) + states.indexOf(state)) % possible.length] === table
}
