import { attach, type Remote } from 'referent/browser'

interface Counter {
  increment(by: number): number
}

export async function main(text: string): Promise<void> {
  const counter: Remote<Counter> = await attach<Counter>(text)
  document.title = String(await counter.increment(1))
}
