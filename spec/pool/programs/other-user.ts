import { isMain, Pool } from 'referent'

// Becomes another user while its pool has workers, as programs do that begin as root.

export function square(number: number): number {
  return number * number
}

if (isMain(import.meta)) {
  const pool = new Pool({ processes: 1 })
  console.log(String(await pool.apply(square, [3])))
  process.setgid?.(65534)
  process.setuid?.(65534)
  await pool.close()
  console.log('closed')
}
