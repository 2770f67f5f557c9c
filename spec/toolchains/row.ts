import type { Project } from './project.ts'

/** A row of the matrix: a tool, how it is used, and what it takes. */
export interface Row {
  readonly tool: string
  readonly how: string
  /** Markdown: what to set, if anything. */
  readonly setup: string
  /** Where it can't work, the package says so: the row is that it does. */
  readonly isRefused?: boolean
  /** Builds and runs a program with it; fails where that doesn't do what it shall. */
  readonly check: (project: Project) => Promise<void>
}
