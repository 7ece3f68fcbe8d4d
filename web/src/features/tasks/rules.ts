/**
 * The server's rules for a task's words, mirrored so that a person hears about them before anything is sent.
 *
 * The server judges; this only spares a round trip. Lengths are counted in code points, as the server counts them.
 */
import { limits } from "#shared/api/limits.ts";

// `satisfies`: one rule serves creating and editing, so the build must fail if the server's limits for the two differ.
export const TITLE_MAX = limits.CreateTask.title.maxLength satisfies typeof limits.PatchTask.title.maxLength;
export const DESCRIPTION_MAX = limits.CreateTask.description
  .maxLength satisfies typeof limits.PatchTask.description.maxLength;

export type TaskWords = { readonly title: string; readonly description: string | null };
export type WordErrors = { readonly title?: string; readonly description?: string };

/** White space as Unicode defines it, which is what the server trims; `String.trim` differs by a few characters. */
const OUTER_SPACE = /^\p{White_Space}+|\p{White_Space}+$/gu;
const CONTROL = /\p{Cc}/u;

/** The words as they would be sent: the title trimmed, a description without text left out. */
export function tidyWords(title: string, description: string): TaskWords {
  return {
    title: title.replace(OUTER_SPACE, ""),
    description: description.replace(OUTER_SPACE, "") === "" ? null : description,
  };
}

/** What is wrong with the words, or `null`. */
export function findWordErrors({ title, description }: TaskWords): WordErrors | null {
  const titleError = titleErrorOf(title);
  const over = description === null ? 0 : lengthOf(description) - DESCRIPTION_MAX;
  if (titleError === null && over <= 0) return null;
  return {
    ...(titleError === null ? {} : { title: titleError }),
    ...(over <= 0 ? {} : { description: tooLong("The description", over) }),
  };
}

/** How many characters are left, once that is worth knowing. */
export function remaining(text: string, max: number): string | null {
  const left = max - lengthOf(text);
  if (left > max / 10) return null;
  return left < 0 ? `${plural(-left)} too many` : `${plural(left)} left`;
}

function titleErrorOf(title: string): string | null {
  if (title === "") return "Enter a title.";
  if (CONTROL.test(title)) return "The title contains an invisible control character. Remove it.";
  const over = lengthOf(title) - TITLE_MAX;
  return over > 0 ? tooLong("The title", over) : null;
}

function tooLong(subject: string, over: number): string {
  return `${subject} is ${plural(over)} too long.`;
}

function plural(count: number): string {
  return count === 1 ? "1 character" : `${count} characters`;
}

function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}
