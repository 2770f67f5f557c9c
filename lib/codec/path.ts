import { ManagerError } from '../errors.ts'

/** Where a value lies in the one that is sent: a chain that becomes text only when something is refused there. */
export interface Path {
  readonly parent: Path | undefined
  readonly step: Step
}

/** From a container to one of its parts: a property name, an array index, or an entry of a `Map` or `Set`. */
export type Step = string | number | symbol | EntryStep

interface EntryStep {
  readonly part: 'key' | 'value'
  readonly position: number
  /** The key of a map's value; absent for keys and for members of a set. */
  readonly key?: unknown
}

/** Longer paths keep their first and last steps only: a list of 100,000 links needs no message of that size. */
const shownSteps = 20
const shownKeyLength = 60

/** @throws ManagerError `UNSERIALIZABLE`: the path, then `reason`, which names the fix */
export function refuse(path: Path, reason: string, options: { cause?: unknown } = {}): never {
  throw new ManagerError('UNSERIALIZABLE', `${pathText(path)}: ${reason}`, options)
}

/** Like `refuse`, of a part of what is at `path`. */
export function refusePart(parent: Path | undefined, step: Step, reason: string): never {
  refuse({ parent, step }, reason)
}

/** @param key what was found on an object of a built-in class, whose contents alone cross; nothing is refused for undefined */
export function refuseExtra(key: string | symbol | undefined, path: Path): void {
  if (key === undefined) return
  refusePart(path, key, "a property added to a built-in object can't cross; send it beside the object")
}

/** Refuses properties that were added to an object of a built-in class, but for those it has anyway. */
export function refuseExtras(value: object, path: Path, own: readonly string[] = []): void {
  const keys = Reflect.ownKeys(value)
  if (keys.length > own.length)
    refuseExtra(
      keys.find((key) => typeof key === 'symbol' || !own.includes(key)),
      path,
    )
}

/** Refuses what is written as JSON while all objects, or all arrays, inherit a `toJSON` that changes it. */
export function refuseChangedJson(path: Path): void {
  if ('toJSON' in Array.prototype)
    refuse(path, 'Array.prototype or Object.prototype has a toJSON, which changes all JSON; remove it')
}

export function refuseAccessor(path: Path, step: Step): never {
  refusePart(path, step, "a getter or setter can't cross; send its value")
}

function pathText(path: Path): string {
  const steps: Step[] = []
  let at = path
  for (; at.parent !== undefined; at = at.parent) steps.push(at.step)
  return stepsText(at.step, steps.toReversed())
}

/** `argument 0.items[3].fn`, `result.get("k")[0]`, `item["odd key"]`. */
export function stepsText(from: Step, through: readonly Step[]): string {
  const steps = [...through]
  const root = rootText(from, steps)
  if (steps.length <= 2 * shownSteps) return root + steps.map(stepText).join('')
  const head = steps.slice(0, shownSteps).map(stepText).join('')
  const tail = steps.slice(-shownSteps).map(stepText).join('')
  return `${root}${head} ...${steps.length - 2 * shownSteps} steps... ${tail}`
}

/** An argument reads `argument 0`, not `arguments[0]`: its step is taken off `steps`. */
function rootText(root: Step, steps: Step[]): string {
  const [first] = steps
  if (root === 'arguments' && typeof first === 'number') {
    steps.shift()
    return `argument ${first}`
  }
  return typeof root === 'string' ? root : stepText(root)
}

function stepText(step: Step): string {
  if (typeof step === 'number') return `[${step}]`
  if (typeof step === 'string')
    return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(step) ? `.${short(step)}` : `[${quoted(step)}]`
  if (typeof step === 'symbol') return `[${short(String(step))}]`
  if (step.part === 'key') return `.keys[${step.position}]`
  return typeof step.key === 'string' ? `.get(${quoted(step.key)})` : `.values[${step.position}]`
}

function quoted(key: string): string {
  return JSON.stringify(short(key))
}

function short(key: string): string {
  return key.length <= shownKeyLength ? key : `${key.slice(0, shownKeyLength)}...`
}
