/** What a write gives: at once, or where somebody computes what it writes, when its turn has come. */
export type InTurn<T> = T | Promise<T>
