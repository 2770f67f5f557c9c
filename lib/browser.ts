/**
 * A client for browsers: proxies of what a server's references open, over a WebSocket. See docs/browser.md.
 *
 * @module referent/browser
 */

export { type CurrentCall, currentCall, type SessionPeer } from './call-context.ts'
export {
  type CustomTransformer,
  registerClass,
  type RegisterClassOptions,
  registerCustom,
  type RegisterCustomOptions,
} from './codec/classes.ts'
export { type Removal, remove } from './codec/removal.ts'
export type { ArgumentsSchema, StandardSchema } from './decorators/arguments-schema.ts'
export { Exposed } from './decorators/exposed.ts'
export type { Concurrency, HostingOptions } from './decorators/hosting-options.ts'
export type { MemberOptions } from './decorators/member.ts'
export { Shared, type SharedOptions } from './decorators/shared.ts'
export { type Delivery, isManagerError, ManagerError, type ManagerErrorCode } from './errors.ts'
export type { CopiedClasses, Remote, RemoteArg, RemoteArgs, RemoteValue } from './proxy/remote.ts'
export {
  assign,
  attach,
  callMethod,
  isProxy,
  lostSignal,
  refOf,
  release,
  sameReferent,
  snapshot,
  typeidOf,
  withOptions,
} from './proxy/operations.ts'
export type { Reference } from './proxy/reference.ts'
export type { CallOptions } from './session/wait.ts'
export type { DialingOptions } from './transport/network-options.ts'
