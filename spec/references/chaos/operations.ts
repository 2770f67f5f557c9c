/** What a client may do next; what is more often here is done more often. */
export const operations = [
  'create',
  'call',
  'call',
  'put',
  'put a function',
  'get',
  'get',
  'take',
  'pass',
  'let go',
] as const

export type Operation = (typeof operations)[number]

/** The places of the shelf. */
export const slots = Array.from({ length: 24 }, (_, index) => `slot ${index}`)
