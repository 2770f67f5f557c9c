/** `Object.getPrototypeOf`, whose declared type is `any`. */
export function prototypeOf(value: object): object | null {
  return Object.getPrototypeOf(value) as object | null
}

/** The prototypes of `value`, nearest first. */
export function* prototypesOf(value: object): Generator<object> {
  for (let at = prototypeOf(value); at !== null; at = prototypeOf(at)) yield at
}

/** An empty object with that prototype; no constructor runs. */
export function objectOf(prototype: object | null): object {
  return Object.create(prototype) as object
}
