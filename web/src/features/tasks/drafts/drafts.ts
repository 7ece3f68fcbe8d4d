/**
 * Types of the drafts. See `draft-store.ts`.
 */
import type { Task } from "#shared/api/task.ts";

export type Composer = { readonly title: string; readonly description: string; readonly describing: boolean };
export type EditBase = Pick<Task, "title" | "description" | "version">;
export type Edit = {
  readonly title: string;
  readonly description: string;
  /** The task when editing began, to detect changes made elsewhere. */
  readonly base: EditBase;
};
export type UnsentTask = { readonly id: string; readonly title: string; readonly description: string | null };

export type Drafts = {
  readonly composer: Composer;
  readonly edits: Readonly<Record<string, Edit>>;
  readonly unsent: readonly UnsentTask[];
  /** The last failure of an unsent task or an edit, by task id. Not stored. */
  readonly failures: ReadonlyMap<string, unknown>;
};

export const EMPTY_COMPOSER: Composer = { title: "", description: "", describing: false };
