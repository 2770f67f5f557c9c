import { Worker } from 'node:worker_threads'

/** A worker thread on a TypeScript module, under every Node. */
export function startWorker(module: URL, workerData: unknown): Worker {
  const tsx = import.meta.resolve('tsx/esm/api')
  // Node 20 runs no `--import` in threads, and so knows no `.ts` there: https://github.com/privatenumber/tsx/issues/354
  const bootstrap = `import { register } from '${tsx}'; register(); await import('${module.href}')`
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(bootstrap)}`), { workerData, execArgv: [] })
}
