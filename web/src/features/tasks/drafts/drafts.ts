/**
 * The shapes of what a person has typed and the server does not have yet. Types and their empty values only.
 */
import type { Task } from "#shared/api/task.ts";

export type Composer = { readonly title: string; readonly description: string; readonly describing: boolean };
export type EditBase = Pick<Task, "title" | "description" | "version">;
export type Edit = {
  readonly title: string;
  readonly description: string;
  /** The task as it was when editing began; the server's copy is compared with it. */
  readonly base: EditBase;
};
export type UnsentTask = { readonly id: string; readonly title: string; readonly description: string | null };

export type Drafts = {
  readonly composer: Composer;
  readonly edits: Readonly<Record<string, Edit>>;
  readonly unsent: readonly UnsentTask[];
  /** Why the edit of a task, or an unsent task, was refused; by task id. Not stored. */
  readonly failures: ReadonlyMap<string, unknown>;
};

export const EMPTY_COMPOSER: Composer = { title: "", description: "", describing: false };
