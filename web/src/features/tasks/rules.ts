/**
 * Client-side validation of a task's title and description.
 *
 * The server enforces the rules; checking them here avoids a round trip. Lengths are in code points, as on the server.
 */
import { limits } from "#shared/api/limits.ts";

// The same limits are used for create and update. `satisfies` fails the type check if the server's limits differ.
export const TITLE_MAX = limits.CreateTask.title.maxLength satisfies typeof limits.PatchTask.title.maxLength;
export const DESCRIPTION_MAX = limits.CreateTask.description
  .maxLength satisfies typeof limits.PatchTask.description.maxLength;

export type TaskText = { readonly title: string; readonly description: string | null };
export type TextErrors = { readonly title?: string; readonly description?: string };

/** The server trims the Unicode property White_Space. `String.trim` does not: it omits U+0085 and includes U+FEFF. */
const OUTER_SPACE = /^\p{White_Space}+|\p{White_Space}+$/gu;
const CONTROL = /\p{Cc}/u;

/** Trims the title. A description that contains only white space becomes `null`. */
export function normalizeText(title: string, description: string): TaskText {
  return {
    title: title.replace(OUTER_SPACE, ""),
    description: description.replace(OUTER_SPACE, "") === "" ? null : description,
  };
}

/** Returns `null` if title and description are valid. */
export function findTextErrors({ title, description }: TaskText): TextErrors | null {
  const titleError = titleErrorOf(title);
  const over = description === null ? 0 : lengthOf(description) - DESCRIPTION_MAX;
  if (titleError === null && over <= 0) return null;
  return {
    ...(titleError === null ? {} : { title: titleError }),
    ...(over <= 0 ? {} : { description: tooLong("The description", over) }),
  };
}

/** Returns `null` while more than a tenth of `max` is left. */
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
