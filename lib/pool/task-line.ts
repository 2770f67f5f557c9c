import type { Task } from './task.ts'

/**
 * Tasks in the order of their coming, linked to each other: whatever is done with one takes the same time however many
 * there are. V8 looks for the first of a `Set` behind the places of all that were deleted before it.
 */
export class TaskLine {
  #first: Task | undefined
  #last: Task | undefined
  #length = 0

  get length(): number {
    return this.#length
  }

  get first(): Task | undefined {
    return this.#first
  }

  push(task: Task): void {
    task.isWaiting = true
    task.previous = this.#last
    if (this.#last === undefined) this.#first = task
    else this.#last.next = task
    this.#last = task
    this.#length++
  }

  /** Puts a task before all others. */
  unshift(task: Task): void {
    task.isWaiting = true
    task.next = this.#first
    if (this.#first === undefined) this.#last = task
    else this.#first.previous = task
    this.#first = task
    this.#length++
  }

  /** Takes the first task out. */
  shift(): Task | undefined {
    const task = this.#first
    if (task !== undefined) this.remove(task)
    return task
  }

  /** Takes a task out wherever it is. Returns whether it was there. */
  remove(task: Task): boolean {
    if (!task.isWaiting) return false
    const { previous, next } = task
    if (previous === undefined) this.#first = next
    else previous.next = next
    if (next === undefined) this.#last = previous
    else next.previous = previous
    task.previous = task.next = undefined
    task.isWaiting = false
    this.#length--
    return true
  }
}
