/**
 * What a person has typed and the server does not have yet: the new task being written, edits that are open, and tasks on
 * their way or refused.
 *
 * Invariants: kept per user and per tab, so that a reload or an ended session loses nothing and nobody else sees it; what is
 * read back is checked, never trusted; failures are kept in memory only.
 */
import type { UserTexts } from "#shared/session/kept-texts.ts";
import { type Composer, type Drafts, type Edit, EMPTY_COMPOSER, type UnsentTask } from "./drafts.ts";
import { readDrafts } from "./stored-drafts.ts";

/** Stands for the composer among the failures, where tasks stand by their id. */
export const COMPOSER = "composer";

const NAME = "drafts";

export class DraftStore {
  readonly #texts: UserTexts;
  readonly #listeners = new Set<() => void>();
  #drafts: Drafts;

  constructor(texts: UserTexts) {
    this.#texts = texts;
    this.#drafts = readDrafts(texts.read(NAME));
  }

  readonly drafts = (): Drafts => this.#drafts;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  write(composer: Partial<Composer>): void {
    this.#become({ composer: { ...this.#drafts.composer, ...composer }, failures: this.#failuresBut(COMPOSER) });
  }

  /** Moves what the composer holds among the unsent tasks, in one step. */
  submit(task: UnsentTask): void {
    this.#become({ composer: EMPTY_COMPOSER, unsent: [task, ...this.#drafts.unsent] });
  }

  /** Takes a refused task back into the composer, to be put right there. */
  reopen(task: UnsentTask, failure: unknown): void {
    this.#become({
      composer: { title: task.title, description: task.description ?? "", describing: task.description !== null },
      unsent: this.#withoutUnsent(task.id),
      failures: this.#failuresBut(task.id).set(COMPOSER, failure),
    });
  }

  removeUnsent(id: string): void {
    this.#become({ unsent: this.#withoutUnsent(id), failures: this.#failuresBut(id) });
  }

  /** Notes why the task or edit of this id was refused. */
  fail(id: string, failure: unknown): void {
    this.#become({ failures: this.#failuresBut(id).set(id, failure) });
  }

  /** The task or edit of this id is on its way again. */
  retry(id: string): void {
    this.#become({ failures: this.#failuresBut(id) });
  }

  edit(taskId: string, edit: Edit): void {
    this.#become({ edits: { ...this.#drafts.edits, [taskId]: edit } });
  }

  closeEdit(taskId: string): void {
    const { [taskId]: _, ...edits } = this.#drafts.edits;
    this.#become({ edits, failures: this.#failuresBut(taskId) });
  }

  #withoutUnsent(id: string): readonly UnsentTask[] {
    return this.#drafts.unsent.filter((task) => task.id !== id);
  }

  #failuresBut(id: string): Map<string, unknown> {
    const failures = new Map(this.#drafts.failures);
    failures.delete(id);
    return failures;
  }

  #become(change: Partial<Drafts>): void {
    this.#drafts = { ...this.#drafts, ...change };
    const { failures: _, ...stored } = this.#drafts;
    this.#texts.write(NAME, isEmpty(stored) ? null : JSON.stringify(stored));
    for (const listener of this.#listeners) listener();
  }
}

function isEmpty({ composer, edits, unsent }: Omit<Drafts, "failures">): boolean {
  const nothingWritten = composer.title === "" && composer.description === "";
  return nothingWritten && Object.keys(edits).length === 0 && unsent.length === 0;
}
