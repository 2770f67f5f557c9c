/**
 * What one message may ask a receiver to do, whatever its few bytes say. Checked when a value is encoded, so that the
 * sender learns of it with a path, and again when it is decoded, before anything is allocated.
 */
export const maxHoles = 1_000_000
/** A regular expression is compiled from its text. */
export const maxRegExpLength = 65_536
/** Reading decimal digits takes quadratic time: longer integers travel in hexadecimal. */
export const maxDecimalDigits = 1_000
/** 8 MiB of integer. */
export const maxHexDigits = 16_777_216
