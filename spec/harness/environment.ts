/** The environment of this process, without what the runner of the specs tells its own children. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(?:NODE_OPTIONS|NODE_TEST_CONTEXT|NODE_V8_COVERAGE|TSX_.*)$/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)))
}
