/** Node's `require`, as a module has it. Bundlers rewrite a `createRequire` that they see, and what comes of it. */
export function requireFrom(path: string): NodeJS.Require {
  return process.getBuiltinModule('node:module').createRequire(path)
}
