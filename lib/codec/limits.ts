/**
 * What one message may ask a receiver to do, whatever its few bytes say. Checked when a value is encoded, so that the
 * sender learns of it with a path, and again when it is decoded, before anything is allocated.
 */
export const maxHoles = 1_000_000
/** How deep objects are written within each other; deeper ones point at each other in a table. */
export const maxDepth = 100
/** References in a body: each is counted, and most make a proxy. */
export const maxReferences = 65_536
/** Longer byte arrays travel beside the message, and are copied once less. */
export const maxInlineBytes = 4_096

/** A regular expression is compiled from its text. */
export const maxRegExpLength = 65_536
/** Of all in a body, each counting 64 more. */
export const maxRegExpCharacters = 1_048_576
/** `\p`, `\P`, `\w` and `\W` in all regular expressions of a body that have the flag `u` or `v`: each is a set of thousands. */
export const maxUnicodeEscapes = 256
/** Among them, those that name sets of strings, such as `\p{RGI_Emoji}`: up to 30 ms each. */
export const maxStringSets = 4

export const maxUrlLength = 1_048_576
/** With its port. Names of other than ASCII letters are read in quadratic time. */
export const maxHostLength = 255
