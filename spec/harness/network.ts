/** Whether servers of specs listen at an address of a network: see `given-address.ts`. */
export const isOverNetwork: boolean = process.env['ADDRESS'] !== undefined
