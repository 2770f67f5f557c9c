import assert from 'node:assert/strict'

/** Asserts that a tutorial program printed what it promises: the five values it got, and the same five in its entries. */
export function assertTutorialOutput(stdout: string): void {
  const lines = stdout.trimEnd().split('\n')
  assert.deepEqual(lines.map(shapeOf), [
    '>main got',
    ...Array<string>(4).fill('>child got'),
    'Done',
    ...Array<string>(5).fill('entry'),
  ])
  const entries = lines.slice(6).map(parseEntry)
  for (const [data, random, value] of entries) assert.deepEqual([data, value], [10, 10 * random])
  const got = lines.slice(0, 5).map((line) => Number(line.split(' ').at(-1)))
  assert.deepEqual(got.toSorted(byNumber), entries.map((entry) => entry[2]).toSorted(byNumber))
}

function shapeOf(line: string): string {
  return line.startsWith('[') ? 'entry' : line.replace(/ [\d.e-]+$/, '')
}

/** An entry as Node prints it, `[ 10, 0.5, 5 ]`, is JSON too. */
function parseEntry(line: string): [data: number, random: number, value: number] {
  const numbers: unknown = JSON.parse(line)
  assert.ok(Array.isArray(numbers) && numbers.length === 3)
  return [Number(numbers[0]), Number(numbers[1]), Number(numbers[2])]
}

function byNumber(one: number, other: number): number {
  return one - other
}
