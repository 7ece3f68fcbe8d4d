/** The words of the language, read and written by the same tables. */
import type { Absent, DateField, DateValue, Op, Part, State, Unit } from "./tree.ts";

export const WORDS = ["today", "tomorrow", "overdue", "deferred"] as const;
export const DATE_FIELDS: readonly DateField[] = ["due", "deadline", "start", "created", "done"];
export const PRIORITIES = [1, 2, 3] as const;
export const ABSENT: readonly Absent[] = ["due", "deadline", "start", "priority", "label", "list", "description"];
export const STATES: readonly State[] = ["open", "done", "any", "recurring", "subtask", "top"];
export const PARTS: readonly Part[] = ["time", "zone", "reminder", "duration"];
export const UNITS: readonly Unit[] = ["d", "w", "m"];
export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** The longer spellings precede those that they begin with. */
export const OPS: readonly (readonly [string, Op])[] = [
  ["<=", "<="],
  [">=", ">="],
  ["<", "<"],
  [">", ">"],
  [":", ":"],
  ["=", ":"],
];

/** The list that is the absence of a list. */
export const INBOX = "inbox";
/** The storage's id of the Inbox. */
export const NIL_ID = "00000000-0000-0000-0000-000000000000";

export function day(word: string): DateValue | null {
  if (word === "today" || word === "tomorrow" || word === "yesterday") return { kind: word };
  const index = WEEKDAYS.indexOf(word);
  return index < 0 ? null : { kind: "next", weekday: index + 1 };
}

/** The words of a table for an error: `open, done or any`. */
export function listed(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1) ?? ""}`;
}

/** In ASCII alone: other letters have no place in a word of the language. */
export function lowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
