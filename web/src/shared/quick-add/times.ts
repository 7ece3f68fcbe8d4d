/** Times of day: `5pm`, `5:30 pm`, `17:00`, `noon`. A bare number is never a time. */
import type { Context } from "./context.ts";

export interface TimePhrase {
  /** Since midnight. */
  readonly minute: number;
  readonly end: number;
  /** Written with `am` or `pm`. */
  readonly hasHalf: boolean;
}

export function timePhrase(c: Context, place: number | null): TimePhrase | null {
  const { text, locale } = c;
  const noonEnd = text.expect(place, locale.word.noon);
  if (noonEnd !== null) return text.isEnd(noonEnd) ? { minute: 12 * 60, end: noonEnd, hasHalf: false } : null;
  const hour = text.digits(place);
  if (hour === null || hour.length > 2) return null;
  const behindColon = text.at(hour.end) === ":" ? text.digits(hour.end + 1) : null;
  const minutes = behindColon?.length === 2 ? behindColon : null;
  const numberEnd = minutes?.end ?? hour.end;
  const minute = minutes?.value ?? 0;
  if (minute > 59) return null;
  const half = halfOfDay(c, numberEnd);
  if (half !== null) {
    if (hour.value < 1 || hour.value > 12) return null;
    const hours = (hour.value % 12) + (half.isAfternoon ? 12 : 0);
    return { minute: hours * 60 + minute, end: half.end, hasHalf: true };
  }
  if (minutes === null || hour.value > 23 || !text.isEnd(numberEnd)) return null;
  return { minute: hour.value * 60 + minute, end: numberEnd, hasHalf: false };
}

/** A time directly behind a date, with `at`, `by`, a comma or nothing between. */
export function timeAfterDate(c: Context, dateEnd: number): TimePhrase | null {
  const comma = c.text.at(dateEnd) === "," ? 1 : 0;
  return timeAfter(c, dateEnd + comma, [c.locale.word.at, c.locale.word.by]);
}

/** A time behind white space and at most one of the words. */
export function timeAfter(c: Context, end: number, words: readonly string[]): TimePhrase | null {
  const next = c.text.afterSpace(end);
  const found = c.text.word(next);
  return timePhrase(c, found !== null && words.includes(found.word) ? c.text.afterSpace(found.end) : next);
}

/** `hh:mm`, as in `2026-12-01T17:00`. */
export function clock(c: Context, place: number): { minute: number; end: number } | null {
  const hour = c.text.digits(place);
  if (hour === null || hour.length !== 2 || hour.value > 23 || c.text.at(hour.end) !== ":") return null;
  const minute = c.text.digits(hour.end + 1);
  if (minute === null || minute.length !== 2 || minute.value > 59) return null;
  return { minute: hour.value * 60 + minute.value, end: minute.end };
}

/** Whether `pm` rather than `am` follows, and its end. */
function halfOfDay(c: Context, numberEnd: number): { isAfternoon: boolean; end: number } | null {
  const found = c.text.word(c.text.skipSpaces(numberEnd));
  if (found === null || !c.text.isEnd(found.end)) return null;
  const isAfternoon = found.word === c.locale.word.pm;
  return isAfternoon || found.word === c.locale.word.am ? { isAfternoon, end: found.end } : null;
}
