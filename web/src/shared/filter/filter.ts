/**
 * The query language of filters: `overdue | @errand & due <= +3d`.
 *
 * Pure. The crate `crates/taskward-filter` is the reference; both are tested with the same vectors.
 */
import { type Context, matches, type TaskFacts } from "./matches.ts";
import type { Names } from "./names.ts";
import { query } from "./parse.ts";
import { type FilterPath, pathOf } from "./path.ts";
import { type Node, type Term, termsOf } from "./tree.ts";
import { text } from "./write.ts";

/** Of a text that somebody typed, in code points. */
export const MAX_CHARS = 1_024;
/** Of a stored text, in which a name of one character has become an id. */
export const MAX_STORED_CHARS = 4_096;

/** The syntax tree of a query. */
export class Filter {
  readonly #root: Node;
  readonly #terms: readonly Term[];
  /** Whether a term asks for completed tasks, so that `is:open` is not implied. */
  readonly #hasDone: boolean;

  private constructor(root: Node) {
    this.#root = root;
    this.#terms = termsOf(root);
    this.#hasDone = this.#terms.some(asksForCompleted);
  }

  /**
   * Reads a query and finds the ids of the names in it. An id in braces is kept even if it names nothing.
   *
   * @throws InvalidFilter if the text is not a query, or has a name that `names` does not have
   */
  static parse(typed: string, names: Names): Filter {
    return new Filter(query(typed, MAX_CHARS, names));
  }

  /**
   * Reads the text that `canonical` made.
   *
   * @throws InvalidFilter if the text is not a query, or has names other than `#inbox`
   */
  static parseStored(stored: string): Filter {
    return new Filter(query(stored, MAX_STORED_CHARS, null));
  }

  /**
   * The text to store: words in lower case, `&` written, no needless parentheses, ids for names. Equal filters have equal
   * texts.
   */
  canonical(): string {
    return text(this.#root, null);
  }

  /**
   * The text to show: as `canonical`, with the present names. What has no name, or one that finds something else, is
   * shown as `{id}`, so that the text is read as the same filter.
   */
  display(names: Names): string {
    return text(this.#root, names);
  }

  /** Whether the task is a result. A task in an archived list is none unless the query names the list. */
  matches(task: TaskFacts, context: Context): boolean {
    if (task.completedAt !== null && !this.#hasDone) return false;
    const { list } = task;
    if (list !== null && context.archivedLists.has(list) && !this.namesList(list)) return false;
    return matches(this.#root, task, context);
  }

  /** The narrowest range by the terms that every result fulfils. */
  path(context: Context): FilterPath {
    return pathOf(this.#root, this.#hasDone, context);
  }

  /** The quoted texts, each of which is a search. */
  texts(): readonly string[] {
    return this.#terms.flatMap((term) => (term.kind === "text" ? [term.text] : []));
  }

  /** Whether the query names this list, so that its tasks are found even if it is archived. */
  namesList(id: string): boolean {
    return this.#terms.some((term) => term.kind === "list" && term.id === id);
  }

  /** Whether another date of today can change the answer. */
  dependsOnDay(): boolean {
    return this.#terms.some((term) => term.kind === "word" || (term.kind === "date" && term.value.kind !== "on"));
  }

  /** Whether the answer can change within a day, as time passes. */
  dependsOnTime(): boolean {
    return this.#terms.some((term) => term.kind === "word" && term.word === "overdue");
  }
}

function asksForCompleted(term: Term): boolean {
  if (term.kind === "is") return term.state === "done" || term.state === "any";
  return term.kind === "date" && term.field === "done";
}
