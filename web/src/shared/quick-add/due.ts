/** Dues: a date, a time or both, with the word that introduces them, or behind a key such as `deadline:`. */
import { addDays } from "./calendar.ts";
import type { Context } from "./context.ts";
import { type DatePhrase, datePhrase } from "./dates.ts";
import type { Match } from "./match.ts";
import { type TimePhrase, timeAfterDate, timePhrase } from "./times.ts";

/** Where in the text a phrase stands. */
export interface Edges {
  /** Only white space, markers and matches precede it. */
  readonly isAtStart: boolean;
  /** Whether only white space, markers, matches and closing punctuation follow a place. */
  readonly isAtEnd: (place: number) => boolean;
}

type Introduction = "none" | "on" | "by" | "due" | "at";

interface When {
  readonly date: number;
  readonly minute: number | null;
  readonly end: number;
}

/** `due:`, `start:` or `deadline:` directly before a date. */
export function keyed(c: Context, place: number): Match | null {
  const found = c.text.word(place);
  const key = found === null ? undefined : c.locale.keys.get(found.word);
  if (found === null || key === undefined || c.text.at(found.end) !== ":") return null;
  const datePlace = c.text.skipSpaces(found.end + 1);
  if (key === "due") {
    // A time alone is no date.
    const when = dated(c, datePlace, "due", { isAtStart: false, isAtEnd: () => false });
    return when === null ? null : due(place, when);
  }
  const phrase = datePhrase(c, datePlace);
  if (phrase === null || phrase.minute !== null) return null;
  return { start: place, end: phrase.end, value: { kind: key, date: phrase.date } };
}

/** A date phrase, a time phrase or both, that counts where it stands. */
export function phrase(c: Context, place: number, edges: Edges): Match | null {
  const { introduction, behind } = introduced(c, place);
  const when = dated(c, behind, introduction, edges) ?? timeAlone(c, behind, introduction, edges);
  return when === null ? null : due(place, when);
}

function due(start: number, when: When): Match {
  return { start, end: when.end, value: { kind: "due", date: when.date, minute: when.minute } };
}

/** `on`, `by`, `at`, `due`, or `due` and one of the others, and the place behind. */
function introduced(c: Context, place: number): { introduction: Introduction; behind: number } {
  const { word } = c.locale;
  const oneOf = (at: number): { introduction: Introduction; behind: number } | null => {
    for (const introduction of ["on", "by", "at"] as const) {
      const end = c.text.expect(at, word[introduction]);
      const behind = end === null ? null : c.text.afterSpace(end);
      if (behind !== null) return { introduction, behind };
    }
    return null;
  };
  const dueEnd = c.text.expect(place, word.due);
  const behindDue = dueEnd === null ? null : c.text.afterSpace(dueEnd);
  if (behindDue === null) return oneOf(place) ?? { introduction: "none", behind: place };
  return oneOf(behindDue) ?? { introduction: "due", behind: behindDue };
}

/** A date with or without a time behind or before it. */
function dated(c: Context, place: number, introduction: Introduction, edges: Edges): When | null {
  const timeFirst = timePhrase(c, place);
  if (timeFirst !== null) return timeBeforeDate(c, timeFirst);
  if (introduction === "at") return null;
  const date = datePhrase(c, place);
  if (date === null) return null;
  const time = date.minute === null ? timeAfterDate(c, date.end) : null;
  if (!counts(c, date, introduction !== "none", time !== null, edges)) return null;
  return { date: date.date, minute: date.minute ?? time?.minute ?? null, end: time?.end ?? date.end };
}

/** `5pm tomorrow`, `5pm on friday`. */
function timeBeforeDate(c: Context, time: TimePhrase): When | null {
  const { on } = c.locale.word;
  const hasOn = c.text.expect(c.text.afterSpace(time.end), on) !== null;
  const date = datePhrase(c, c.text.afterOptional(time.end, on));
  if (date === null || date.minute !== null) return null;
  const needsOn = date.place === "day-of-month" || date.place === "bare-day-of-month";
  return needsOn && !hasOn ? null : { date: date.date, minute: time.minute, end: date.end };
}

function counts(c: Context, date: DatePhrase, isIntroduced: boolean, hasTime: boolean, edges: Edges): boolean {
  switch (date.place) {
    case "anywhere":
      return true;
    case "day-of-month":
      return isIntroduced;
    case "bare-day-of-month":
      return isIntroduced && (hasTime || edges.isAtEnd(date.end));
    case "weekday":
      if (isIntroduced || hasTime) return true;
      if (edges.isAtStart) return [":", ","].includes(c.text.at(date.end) ?? "");
      return edges.isAtEnd(date.end);
    case "end":
      return isIntroduced || hasTime || edges.isAtEnd(date.end);
    case "attached":
      return isIntroduced || hasTime;
  }
}

/** Today, or tomorrow if the time has passed. */
function timeAlone(c: Context, place: number, introduction: Introduction, edges: Edges): When | null {
  const time = timePhrase(c, place);
  if (time === null) return null;
  const isIntroduced = introduction === "at" || introduction === "by";
  if (!isIntroduced && !(time.hasHalf && (edges.isAtStart || edges.isAtEnd(time.end)))) return null;
  const date = addDays(c.today, c.isLater(c.today, time.minute) ? 0 : 1);
  return date === null ? null : { date, minute: time.minute, end: time.end };
}
