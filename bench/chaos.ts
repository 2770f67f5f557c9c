// Clients that create, pass on, store and let go of referents at random, and are killed at random: does the server
// hold what those hold that live? `npm run chaos -- --operations 100000 --seed 7`, which replays what seed 7 did; with
// `--at-once`, the clients don't wait for each other, and no seed decides how they meet.
import { parseArgs } from 'node:util'
import { runChaos } from '../spec/references/chaos/chaos-run.ts'

const { values } = parseArgs({
  options: {
    operations: { type: 'string', default: '20000' },
    clients: { type: 'string', default: '8' },
    'at-once': { type: 'boolean', default: false },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
})

console.log(`seed ${values.seed}`)
const outcome = await runChaos({
  seed: Number(values.seed),
  pace: values['at-once'] ? 'at once' : 'in turn',
  operations: Number(values.operations),
  clients: Number(values.clients),
  operationsPerKill: 300,
})
console.log(`${outcome.operations} operations, ${outcome.kills} clients killed: the server held what its clients held`)
