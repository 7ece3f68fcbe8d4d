/**
 * Text that is not saved on the server yet: the composer, open edits, and unsent tasks.
 *
 * Invariants: drafts are stored per user and per tab, and they survive a reload and an ended session; stored data is
 * validated when it is read; failures are kept in memory only.
 */
import type { UserTexts } from "#shared/session/text-storage.ts";
import { type Composer, type Drafts, type Edit, EMPTY_COMPOSER, type UnsentTask } from "./drafts.ts";
import { readDrafts } from "./stored-drafts.ts";

/** The key of the composer in `failures`. All other keys are task ids. */
export const COMPOSER = "composer";

const STORAGE_NAME = "drafts";

export class DraftStore {
  readonly #texts: UserTexts;
  readonly #listeners = new Set<() => void>();
  #drafts: Drafts;

  constructor(texts: UserTexts) {
    this.#texts = texts;
    this.#drafts = readDrafts(texts.read(STORAGE_NAME));
  }

  readonly drafts = (): Drafts => this.#drafts;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  updateComposer(composer: Partial<Composer>): void {
    this.#update({ composer: { ...this.#drafts.composer, ...composer }, failures: this.#failuresWithout(COMPOSER) });
  }

  /** Adds `task` to the unsent tasks and empties the composer in one update. */
  submit(task: UnsentTask): void {
    this.#update({ composer: EMPTY_COMPOSER, unsent: [task, ...this.#drafts.unsent] });
  }

  /** Moves a rejected task back to the composer for correction. */
  reopen(task: UnsentTask, failure: unknown): void {
    this.#update({
      composer: { title: task.title, description: task.description ?? "", describing: task.description !== null },
      unsent: this.#unsentWithout(task.id),
      failures: this.#failuresWithout(task.id).set(COMPOSER, failure),
    });
  }

  removeUnsent(id: string): void {
    this.#update({ unsent: this.#unsentWithout(id), failures: this.#failuresWithout(id) });
  }

  /** Stores the failure of an unsent task or an edit. */
  fail(id: string, failure: unknown): void {
    this.#update({ failures: this.#failuresWithout(id).set(id, failure) });
  }

  clearFailure(id: string): void {
    this.#update({ failures: this.#failuresWithout(id) });
  }

  edit(taskId: string, edit: Edit): void {
    this.#update({ edits: { ...this.#drafts.edits, [taskId]: edit } });
  }

  closeEdit(taskId: string): void {
    const { [taskId]: _, ...edits } = this.#drafts.edits;
    this.#update({ edits, failures: this.#failuresWithout(taskId) });
  }

  #unsentWithout(id: string): readonly UnsentTask[] {
    return this.#drafts.unsent.filter((task) => task.id !== id);
  }

  #failuresWithout(id: string): Map<string, unknown> {
    const failures = new Map(this.#drafts.failures);
    failures.delete(id);
    return failures;
  }

  #update(change: Partial<Drafts>): void {
    this.#drafts = { ...this.#drafts, ...change };
    const { failures: _, ...stored } = this.#drafts;
    this.#texts.write(STORAGE_NAME, isEmpty(stored) ? null : JSON.stringify(stored));
    for (const listener of this.#listeners) listener();
  }
}

function isEmpty({ composer, edits, unsent }: Omit<Drafts, "failures">): boolean {
  const isComposerEmpty = composer.title === "" && composer.description === "";
  return isComposerEmpty && Object.keys(edits).length === 0 && unsent.length === 0;
}
