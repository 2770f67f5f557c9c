// The module that is loaded when somebody wants an inspector.
export { Inspector } from './inspector.ts'
