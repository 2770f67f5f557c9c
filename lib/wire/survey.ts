import { type Limits, maxDepth } from './limits.ts'

/** What a byte of JSON means here, by its value: most mean nothing. */
const meanings = new Uint8Array(256)
const [quote, open, close, name] = [1, 2, 3, 4]
meanings[0x22] = quote
for (const bracket of '[{') meanings[bracket.charCodeAt(0)] = open
for (const bracket of ']}') meanings[bracket.charCodeAt(0)] = close
meanings[':'.charCodeAt(0)] = name
const escape = 0x5c

/**
 * Looks through JSON text before it is parsed, in an eighth of the time.
 * @returns what is more than a receiver takes, if anything; of what is no JSON, anything
 */
export function excessOf(json: Uint8Array, start: number, end: number, { maxParts }: Limits): string | undefined {
  let depth = 0
  let parts = 0
  for (let at = start; at < end; at++) {
    const meaning = meanings[json[at] ?? 0]
    if (meaning === 0) continue
    if (meaning === quote) at = endOfText(json, at + 1, end)
    else if (meaning === close) depth--
    else if (++parts > maxParts) return `more than ${maxParts} lists, objects and names`
    else if (meaning === open && ++depth > maxDepth) return `lists or objects more than ${maxDepth} deep`
  }
  return undefined
}

/** Where the text ends that begins at `at`. */
function endOfText(json: Uint8Array, at: number, end: number): number {
  while (at < end && json[at] !== 0x22) at += json[at] === escape ? 2 : 1
  return at
}
