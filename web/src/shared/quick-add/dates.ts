/** Date phrases without the words that introduce them: `tomorrow`, `in 3 days`, `next friday`, `5 Jan 2027`. */
import { civil, daysInMonth, weekday } from "#shared/time/calendar.ts";
import * as calendar from "./calendar.ts";
import type { Context } from "./context.ts";
import type { Digits } from "./text.ts";
import { clock } from "./times.ts";

/**
 * Where a date phrase counts. Behind a word that introduces it, and beside a time, each does, except `day-of-month`.
 *
 * - `weekday`: also at the end of the text; at the start of it only before `:` or `,`
 * - `end`: also at the end of the text
 * - `day-of-month`, `the 15th`: only if introduced
 * - `bare-day-of-month`, `the 15`: only if introduced, and beside a time or at the end. "On the 15 people" is no date
 */
export type Place = "anywhere" | "weekday" | "end" | "attached" | "day-of-month" | "bare-day-of-month";

export interface DatePhrase {
  readonly date: number;
  /** Of phrases such as `in 2 hours`. */
  readonly minute: number | null;
  readonly end: number;
  readonly place: Place;
}

/** A day of a month, 1 to 31. */
export interface Day {
  readonly number: number;
  readonly end: number;
  readonly hasEnding: boolean;
}

export function datePhrase(c: Context, place: number | null): DatePhrase | null {
  if (place === null) return null;
  const found = c.text.word(place);
  const phrase =
    found === null
      ? (iso(c, place) ?? slashes(c, place) ?? dayAndMonth(c, place))
      : words(c, place, found.word, found.end);
  return phrase !== null && c.text.isEnd(phrase.end) ? phrase : null;
}

function phraseOf(date: number | null, end: number, place: Place): DatePhrase | null {
  return date === null ? null : { date, minute: null, end, place };
}

function words(c: Context, start: number, word: string, end: number): DatePhrase | null {
  const { locale, text } = c;
  if (locale.today.has(word)) return phraseOf(calendar.addDays(c.today, 0), end, "anywhere");
  if (locale.tomorrow.has(word)) return phraseOf(calendar.addDays(c.today, 1), end, "anywhere");
  if (word === locale.word.in) return fromNow(c, text.afterSpace(end));
  if (word === locale.word.next) return next(c, text.afterSpace(end));
  if (word === locale.word.this) return thisDay(c, text.afterSpace(end));
  if (word === locale.word.the) return dayOfMonth(c, text.afterSpace(end));
  const endOfMonth = text.expectAll(start, locale.word.end_of_month);
  if (endOfMonth !== null) {
    const { year, month } = civil(c.today);
    return phraseOf(calendar.date(year, month, daysInMonth(year, month)), endOfMonth, "anywhere");
  }
  for (const [days, place] of [
    [locale.weekdays, "weekday"],
    [locale.weekdayAbbreviations, "end"],
    [locale.ambiguousWeekdayAbbreviations, "attached"],
  ] as const) {
    const wanted = days.get(word);
    if (wanted !== undefined) return phraseOf(calendar.nextWeekday(c.today, wanted), end, place);
  }
  const month = locale.months.get(word);
  const found = month === undefined ? null : day(c, text.afterSpace(end));
  if (month === undefined || found === null) return null;
  return withYear(c, word, month, found.number, found.end);
}

/** `3 days`, `a week` behind `in`. */
function fromNow(c: Context, place: number | null): DatePhrase | null {
  const number = c.text.digits(place);
  if (number !== null) {
    const unit = c.text.word(c.text.afterSpace(number.end));
    return unit === null ? null : elapsed(c, number.value, c.locale.anyUnit.get(unit.word), unit.end);
  }
  const article = c.text.word(place);
  if (article === null) return null;
  const allowed = c.locale.articles.get(article.word);
  const word = c.text.word(c.text.afterSpace(article.end));
  if (allowed === undefined || word === null) return null;
  const unit = c.locale.units.get(word.word);
  return unit !== undefined && allowed.includes(unit) ? elapsed(c, 1, unit, word.end) : null;
}

function elapsed(c: Context, count: number, unit: string | undefined, end: number): DatePhrase | null {
  switch (unit) {
    case "minute":
      return elapsedMinutes(c, count, end);
    case "hour":
      return elapsedMinutes(c, count * 60, end);
    case "day":
      return phraseOf(calendar.addDays(c.today, count), end, "anywhere");
    case "week":
      return phraseOf(calendar.addDays(c.today, count * 7), end, "anywhere");
    case "month":
      return phraseOf(calendar.addMonths(c.today, count), end, "anywhere");
    case "year":
      return phraseOf(calendar.addMonths(c.today, count * 12), end, "anywhere");
    default:
      return null;
  }
}

function elapsedMinutes(c: Context, minutes: number, end: number): DatePhrase | null {
  const local = c.afterMinutes(minutes);
  const date = local === null ? null : calendar.addDays(local.date, 0);
  return local === null || date === null ? null : { date, minute: local.minute, end, place: "anywhere" };
}

/** What follows `next`. */
function next(c: Context, place: number | null): DatePhrase | null {
  const found = c.text.word(place);
  if (found === null) return null;
  const daysOfWeek = (weekday(c.today) - c.weekStart + 7) % 7;
  const nextWeek = calendar.addDays(c.today, 7 - daysOfWeek);
  const wanted = c.locale.anyWeekday.get(found.word);
  if (wanted !== undefined) {
    const date = nextWeek === null ? null : calendar.addDays(nextWeek, (wanted - c.weekStart + 7) % 7);
    return phraseOf(date, found.end, "anywhere");
  }
  const { year, month } = civil(c.today);
  switch (c.locale.units.get(found.word)) {
    case "week":
      return phraseOf(nextWeek, found.end, "anywhere");
    case "month":
      return phraseOf(calendar.date(month === 12 ? year + 1 : year, (month % 12) + 1, 1), found.end, "anywhere");
    case "year":
      return phraseOf(calendar.date(year + 1, 1, 1), found.end, "anywhere");
    default:
      return null;
  }
}

/** What follows `this`. */
function thisDay(c: Context, place: number | null): DatePhrase | null {
  const found = c.text.word(place);
  if (found === null) return null;
  if (found.word === c.locale.word.weekend) {
    const days = Math.max(6 - weekday(c.today), 0);
    return phraseOf(calendar.addDays(c.today, days), found.end, "anywhere");
  }
  const wanted = c.locale.anyWeekday.get(found.word);
  return wanted === undefined ? null : phraseOf(calendar.nextWeekday(c.today, wanted), found.end, "anywhere");
}

/** What follows `the`: `15th of January` or `15th`. */
function dayOfMonth(c: Context, place: number | null): DatePhrase | null {
  const found = day(c, place);
  if (found === null) return null;
  const ofEnd = c.text.expect(c.text.afterSpace(found.end), c.locale.word.of);
  const word = ofEnd === null ? null : c.text.word(c.text.afterSpace(ofEnd));
  const month = word === null ? undefined : c.locale.months.get(word.word);
  if (word !== null && month !== undefined) return withYear(c, word.word, month, found.number, word.end);
  const where = found.hasEnding ? "day-of-month" : "bare-day-of-month";
  return phraseOf(calendar.nextInMonth(c.today, found.number), found.end, where);
}

/** `5 Jan`, `5th of January`. */
function dayAndMonth(c: Context, place: number): DatePhrase | null {
  const found = day(c, place);
  const word = found === null ? null : c.text.word(c.text.afterOptional(found.end, c.locale.word.of));
  const month = word === null ? undefined : c.locale.months.get(word.word);
  if (found === null || word === null || month === undefined) return null;
  return withYear(c, word.word, month, found.number, word.end);
}

export function day(c: Context, place: number | null): Day | null {
  const number = c.text.digits(place);
  if (number === null || number.length > 2 || number.value < 1 || number.value > 31) return null;
  const ending = c.text.word(number.end);
  if (ending === null) return { number: number.value, end: number.end, hasEnding: false };
  return c.locale.ordinalEndings.has(ending.word) ? { number: number.value, end: ending.end, hasEnding: true } : null;
}

/** A year that follows belongs to the date: with a wrong one it is no date. */
function withYear(c: Context, word: string, month: number, dayNumber: number, end: number): DatePhrase | null {
  const comma = c.text.at(end) === "," ? 1 : 0;
  const year = c.text.digits(c.text.afterSpace(end + comma));
  if (year?.length === 4) return phraseOf(calendar.date(year.value, month, dayNumber), year.end, "anywhere");
  const place = c.locale.ambiguousMonths.has(word) ? "end" : "anywhere";
  return phraseOf(calendar.nextInYear(c.today, month, dayNumber), end, place);
}

/** `2026-12-01`, `2026-12-01T17:00`. */
function iso(c: Context, place: number): DatePhrase | null {
  const found = numbers(c, place, "-");
  if (found === null) return null;
  const [year, month, dayOfMonth] = found;
  if (year.length !== 4 || month.length !== 2 || dayOfMonth.length !== 2) return null;
  const date = calendar.date(year.value, month.value, dayOfMonth.value);
  if (date === null) return null;
  const letter = c.text.at(dayOfMonth.end);
  if (letter !== "T" && letter !== "t") return { date, minute: null, end: dayOfMonth.end, place: "anywhere" };
  const time = clock(c, dayOfMonth.end + 1);
  return time === null ? null : { date, minute: time.minute, end: time.end, place: "anywhere" };
}

/** `12/25/2026`, never without a year. */
function slashes(c: Context, place: number): DatePhrase | null {
  const found = numbers(c, place, "/");
  if (found === null) return null;
  const [first, second, year] = found;
  if (first.length > 2 || second.length > 2 || year.length !== 4) return null;
  const [month, dayOfMonth] = c.locale.dateOrder === "month_first" ? [first, second] : [second, first];
  return phraseOf(calendar.date(year.value, month.value, dayOfMonth.value), year.end, "anywhere");
}

function numbers(c: Context, place: number, separator: string): [Digits, Digits, Digits] | null {
  const behind = (digits: Digits | null) =>
    digits !== null && c.text.at(digits.end) === separator ? c.text.digits(digits.end + 1) : null;
  const first = c.text.digits(place);
  const second = behind(first);
  const third = behind(second);
  return first === null || second === null || third === null ? null : [first, second, third];
}
