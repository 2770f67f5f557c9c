/** What a server may run in, for specs of what holds for both. */
export const hosts = ['process', 'thread'] as const

export type Host = (typeof hosts)[number]

/** Tells a program of a spec what its servers are to run in. */
export function hostedBy(host: Host): Readonly<Record<string, string>> {
  return { SERVER_HOST: host }
}

/** What this program was told. */
export function hostOfProgram(): Host {
  return hosts.find((host) => host === process.env['SERVER_HOST']) ?? 'process'
}
