/** `true` where the types are the same, down to `readonly`, optionality and `any`. The labels of tuples don't count. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- T stays open on purpose: two conditional types are the same to the compiler only where what they test is identical, https://github.com/microsoft/TypeScript/issues/27024#issuecomment-421529650
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Compiles only when all cases are `true`: the type checker is what runs such a spec. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- it is called with a type argument alone, and its constraint is what fails to compile
export function expectTypes<_Cases extends readonly true[]>(): void {}
