/**
 * What one message may ask a receiver to do, whatever its few bytes say. Checked when a value is encoded, so that the
 * sender learns of it with a path, and again when it is decoded, before anything is allocated.
 */
export const maxHoles = 1_000_000
/** How deep objects are written within each other; deeper ones point at each other in a table. */
export const maxDepth = 100
/** Engines keep objects of more fields as hash tables, which take longer to read, and above all to write. */
export const maxOrdinaryFields = 1_024
/** Of the fields of such an object, so many count as one object of the message. */
export const wideFieldsPerPart = 4
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

/** What compiling a regular expression costs beside its text, in characters. */
const ownCharacters = 64

/** Counts what the regular expressions of one body cost together. */
export class RegExpBudget {
  #characters = 0
  #escapes = 0
  #sets = 0

  /**
   * Takes one more.
   * @returns what it makes too much of, if so
   */
  take(source: string, flags: string): string | undefined {
    if (source.length > maxRegExpLength) return `a regular expression of over ${maxRegExpLength} characters`
    this.#characters += source.length + ownCharacters
    if (this.#characters > maxRegExpCharacters)
      return `regular expressions of over ${maxRegExpCharacters} characters in all`
    return /[uv]/.test(flags) ? this.#takeEscapes(source) : undefined
  }

  #takeEscapes(source: string): string | undefined {
    for (const [escape] of source.matchAll(/\\[pPwW](?:\{(?:RGI_|Basic_Emoji|Emoji_Keycap))?/g)) {
      this.#escapes++
      if (escape.length > 2) this.#sets++
    }
    if (this.#escapes > maxUnicodeEscapes)
      return `more than ${maxUnicodeEscapes} Unicode escapes in regular expressions`
    return this.#sets > maxStringSets ? `more than ${maxStringSets} sets of emoji in regular expressions` : undefined
  }
}

/** The schemes whose addresses have a host that is decoded. */
const special = /^(?:https?|wss?|ftp|file):/
const withHost = new RegExp(String.raw`^[a-z]+://(?:[^/?#\\@]*@)?[^/?#\\@]{0,${maxHostLength}}(?:[/?#]|$)`)

/** Whether the text is an address as `href` gives it, and none that takes long to read. */
export function isAddress(href: string): boolean {
  if (href.length > maxUrlLength || !/^[a-z][a-z\d+.-]*:[ -~]*$/.test(href)) return false
  return !special.test(href) || withHost.test(href)
}
