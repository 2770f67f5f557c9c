/**
 * The classes of value that `registerClass` was told of, for types alone: their instances arrive as copies, methods and
 * all, where `Remote` would take anything that has methods for a proxy. Each program adds its own, by any name:
 * `declare module 'referent' { interface CopiedClasses { Money: Money } }`.
 */
export interface CopiedClasses {}
