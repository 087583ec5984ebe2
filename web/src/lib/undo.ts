/** How many steps back the operator can go. */
export const UNDO_LIMIT = 200;

/** A value with its past and its undone future. Values are never changed in place. */
export class UndoStack<T> {
  #past: T[] = [];
  #future: T[] = [];
  #now: T;

  constructor(first: T) {
    this.#now = first;
  }
  get value(): T {
    return this.#now;
  }
  get canUndo(): boolean {
    return this.#past.length > 0;
  }
  get canRedo(): boolean {
    return this.#future.length > 0;
  }
  push(next: T): void {
    this.#past.push(this.#now);
    if (this.#past.length > UNDO_LIMIT) this.#past.shift();
    this.#now = next;
    this.#future = [];
  }
  undo(): T {
    const before = this.#past.pop();
    if (before !== undefined) {
      this.#future.push(this.#now);
      this.#now = before;
    }
    return this.#now;
  }
  redo(): T {
    const after = this.#future.pop();
    if (after !== undefined) {
      this.#past.push(this.#now);
      this.#now = after;
    }
    return this.#now;
  }
}
