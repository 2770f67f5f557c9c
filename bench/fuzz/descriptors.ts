import type { Dice } from './dice.ts'
import { oddNames, oddText, repeat } from './values.ts'

// Entries of `references`, as the page has them and as it doesn't.

export const callback =
  '{"kind":"referent","id":1,"type":1,"secret":"","shape":{"kind":"function","typeid":"Function","members":[["","method"]]}}'

export const sink =
  '{"kind":"referent","id":2,"type":2,"secret":"","shape":{"kind":"sink","typeid":"WritableStream","members":[["write","method"],["close","method"],["abort","method"]]}}'

export function stream(id: number): string {
  return `{"kind":"stream","id":${id}}`
}

export function home(id: number | string): string {
  return `{"kind":"home","id":${id}}`
}

/** @param hosts addresses where something may listen */
export function oddDescriptor(dice: Dice, granted: number, hosts: readonly string[]): string {
  switch (dice.below(8)) {
    case 0:
      return home(dice.of([oddText(dice), '0', String(granted + 1), String(dice.below(300))]))
    case 1:
      return stream(dice.below(4))
    case 2:
      return `{"kind":"stream","id":${oddText(dice)}}`
    case 3:
    case 4:
      return `{"kind":"portable","reference":${JSON.stringify(oddReference(dice, hosts))},"shape":${oddShape(dice)}}`
    case 5:
      return `{"kind":${oddText(dice)},"id":1}`
    case 6:
      return `{"kind":"referent","id":${oddText(dice)},"type":${dice.between(1, 60)},"secret":${oddText(dice)}}`
    default:
      return `{"kind":"referent","id":${dice.between(1, 90)},"type":${dice.between(3, 4000)},"secret":"","shape":${oddShape(dice)}}`
  }
}

export function oddReference(dice: Dice, hosts: readonly string[]): string {
  const at = dice.of([
    ...(hosts as readonly [string, ...string[]]),
    'unix:/nowhere/at.all',
    'unix:/dev/null',
    'unix:',
    'unix:relative',
    `unix:/${'x'.repeat(200)}`,
    'unix:/tmp',
    'pipe:odd',
    'tcp:127.0.0.1:1',
    '',
  ])
  const fields = {
    at,
    server: 'Vh2uxbGs9Ir3',
    id: dice.of(['1', '0', '-1', 'NaN', '9'.repeat(40)]),
  }
  const query = new URLSearchParams(fields).toString()
  return dice.of([
    `referent:?${query}&typeid=FuzzTarget#Zm9yIHRoaXMgb25seSBhIA`,
    `referent:?${query}&typeid=FuzzTarget&id=2&at=${encodeURIComponent(at)}#`,
    `referent:?${query}&typeid=${encodeURIComponent(Buffer.from(dice.of(oddNames)).toString())}#x`,
    'referent:?',
    'referent:',
    `http://localhost/?${query}`,
    '',
  ])
}

function oddShape(dice: Dice): string {
  const members = repeat(dice.below(6), () => {
    const name = dice.oneIn(2) ? `"m${dice.below(9)}"` : JSON.stringify(dice.of(oddNames))
    const kind = dice.oneIn(8) ? oddText(dice) : `"${dice.of(['method', 'generator', 'get', 'set', 'get set'])}"`
    const options = dice.oneIn(4) ? `,{"timeoutMs":${oddText(dice)},"idempotent":${oddText(dice)}}` : ''
    return `[${name},${kind}${options}]`
  })
  if (dice.oneIn(9)) return oddText(dice)
  const kind = dice.oneIn(8) ? oddText(dice) : `"${dice.of(['object', 'function', 'sink'])}"`
  const iterator = dice.oneIn(4) ? `,"iterator":${dice.oneIn(2) ? '"m1"' : oddText(dice)}` : ''
  const properties = dice.oneIn(4) ? ',"properties":"own"' : ''
  return `{"kind":${kind},"typeid":${JSON.stringify(dice.of(oddNames))},"members":[${members.join()}]${iterator}${properties}}`
}
