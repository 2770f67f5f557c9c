import {
  maxHostLength,
  maxRegExpCharacters,
  maxRegExpLength,
  maxStringSets,
  maxUnicodeEscapes,
  maxUrlLength,
} from './limits.ts'

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
