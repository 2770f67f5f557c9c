import { BoardManager, type Board } from '../board.ts'

// Reaches the board of another program by address and key, reads what is there and answers beside it.

const [address = '', authkey = ''] = process.argv.slice(2)
await using manager = await BoardManager.connect(address, { authkey })
const board = await manager.create<Board>('Board')
console.log(await board.get('question'))
await board.put('answer', `42, says process ${process.pid}`)
