/** What was thrown, where something else was to come of it. */
export class Failure {
  readonly error: unknown
  constructor(error: unknown) {
    this.error = error
  }
}
