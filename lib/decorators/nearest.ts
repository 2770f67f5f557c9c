/** The names most like `name`, best first. */
export function nearest(name: string, candidates: readonly string[], count: number): string[] {
  const distances = new Map(
    candidates.map((candidate) => [candidate, distance(name.toLowerCase(), candidate.toLowerCase())]),
  )
  const rank = (candidate: string) => distances.get(candidate) ?? 0
  return [...candidates].toSorted((one, other) => rank(one) - rank(other)).slice(0, count)
}

/** The number of letters to insert, drop or replace (Levenshtein), one row of its table at a time. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let index = 0; index < from.length; index++) row = nextRow(row, index + 1, from[index], to)
  return row.at(-1) ?? 0
}

function nextRow(above: readonly number[], first: number, letter: string | undefined, to: string): number[] {
  const row = [first]
  for (let column = 1; column < above.length; column++) {
    const replaced = (above[column - 1] ?? 0) + (to[column - 1] === letter ? 0 : 1)
    row.push(Math.min(replaced, (above[column] ?? 0) + 1, (row[column - 1] ?? 0) + 1))
  }
  return row
}
