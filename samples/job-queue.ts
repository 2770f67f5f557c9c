// A queue of jobs and three workers. One is killed in the middle of a job: another one does it.
import { isMain, Process, type Remote, type SharedJoinableQueue, type SharedList, SyncManager } from 'referent'

interface Job {
  readonly id: number
  readonly text: string
}

type Jobs = Remote<SharedJoinableQueue<Job>>
type Results = Remote<SharedList<string>>

export async function work(jobs: Jobs, results: Results, dies: boolean) {
  for await (const { id, text } of jobs) {
    // What a process that is gone was at goes to the next one.
    if (dies) process.kill(process.pid, 'SIGKILL')
    await results.push(`${id}: ${text.toUpperCase()}`)
    await jobs.taskDone()
  }
}

if (isMain(import.meta)) {
  await using manager = await SyncManager.start()
  const jobs = await manager.JoinableQueue<Job>()
  const results = await manager.List<string>()

  const unlucky = new Process(work, [jobs, results, true])
  unlucky.start()
  for (const [id, text] of ['fetch', 'parse', 'index', 'publish'].entries()) await jobs.put({ id, text })
  await unlucky.join()
  console.log(`a worker was ended by ${unlucky.signal}, ${await jobs.unfinished} jobs are left`)

  const workers = Array.from({ length: 2 }, () => new Process(work, [jobs, results, false]))
  for (const worker of workers) worker.start()
  await jobs.join()
  await jobs.close()
  for (const worker of workers) await worker.join()

  for (const result of (await results.toArray()).toSorted()) console.log(result)
}
