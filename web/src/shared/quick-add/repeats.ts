/** Repeats: `every 3 days`, `every! first monday at 9am until 1 Mar`, `daily`. */
import type { Anchor } from "#shared/recurrence/recurrence.ts";
import type { Frequency } from "#shared/recurrence/rule.ts";
import { civil, date } from "#shared/time/calendar.ts";
import type { Context } from "./context.ts";
import { datePhrase, day } from "./dates.ts";
import { firstDue } from "./first-due.ts";
import type { Unit } from "./locale.ts";
import { priority } from "./markers.ts";
import { type Days, newRule, type Rule, singleDayOfMonth, WORKDAYS } from "./rule.ts";
import { isLetterOrNumber } from "./text.ts";
import { timeAfter, timePhrase } from "./times.ts";

const INTERVAL_MAX = 999;
const COUNT_MAX = 9999;
const LAST_DAY_OF_EVERY_MONTH = 28;

export interface RepeatPhrase {
  readonly rule: Rule;
  readonly anchor: Anchor;
  readonly date: number;
  readonly minute: number | null;
  readonly end: number;
}

interface What {
  readonly rule: Rule;
  readonly end: number;
}

/** @param isAtEnd whether a place stands at the end edge of the text */
export function repeatPhrase(c: Context, place: number, isAtEnd: (place: number) => boolean): RepeatPhrase | null {
  const found = c.text.word(place);
  if (found === null) return null;
  if (found.word === c.locale.word.every) {
    const isCompletion = c.text.at(found.end) === "!";
    const what = repeated(c, c.text.afterSpace(isCompletion ? found.end + 1 : found.end));
    return what === null ? null : withOptions(c, what, isCompletion ? "completion" : "schedule");
  }
  const frequency = frequencyOf(c.locale.adverbs.get(found.word));
  if (frequency === null) return null;
  const { minute, end } = optionalTime(c, found.end);
  if (!c.text.isEnd(end) || !isAtEnd(end)) return null;
  return finished(c, newRule(frequency, 1, { kind: "of-start" }), "schedule", c.today, minute, end);
}

function frequencyOf(unit: Unit | undefined): Frequency | null {
  switch (unit) {
    case "day":
      return "DAILY";
    case "week":
      return "WEEKLY";
    case "month":
      return "MONTHLY";
    case "year":
      return "YEARLY";
    default:
      return null;
  }
}

function optionalTime(c: Context, end: number): { minute: number | null; end: number } {
  const time = timeAfter(c, end, [c.locale.word.at]);
  return time === null ? { minute: null, end } : { minute: time.minute, end: time.end };
}

/** The time, `starting`, `until` and `for` behind what is repeated. */
function withOptions(c: Context, what: What, anchor: Anchor): RepeatPhrase | null {
  const time = optionalTime(c, what.end);
  let { end } = time;
  let start = c.today;
  let until: number | null = null;
  for (let found = limit(c, end); found !== null; found = limit(c, end)) {
    if (found.isStart) start = found.date;
    else until = found.date;
    end = found.end;
  }
  // A rule has one of both (RFC 5545, 3.3.10).
  const times = until === null ? count(c, end) : null;
  const rule = { ...what.rule, until, count: times?.count ?? null };
  return finished(c, rule, anchor, start, time.minute, times?.end ?? end);
}

function finished(
  c: Context,
  rule: Rule,
  anchor: Anchor,
  start: number,
  minute: number | null,
  end: number,
): RepeatPhrase | null {
  const maySkip = anchor === "schedule";
  const skipsBackward = maySkip && (singleDayOfMonth(rule) ?? 0) > LAST_DAY_OF_EVERY_MONTH;
  const first = firstDue(c, { ...rule, skipsBackward }, start, minute);
  if (first === null || (rule.until !== null && rule.until < first)) return null;
  const skipsLikeStart = maySkip && rule.days.kind === "of-start" && isLate(rule.frequency, first);
  return { rule: { ...rule, skipsBackward: skipsBackward || skipsLikeStart }, anchor, date: first, minute, end };
}

/** Whether some months or years lack the day that a rule takes from its start. */
function isLate(frequency: Frequency, start: number): boolean {
  const { month, day: dayOfMonth } = civil(start);
  if (frequency === "MONTHLY") return dayOfMonth > LAST_DAY_OF_EVERY_MONTH;
  return frequency === "YEARLY" && month === 2 && dayOfMonth === 29;
}

/** `starting 4 Jan` or `until 1 Mar`. */
function limit(c: Context, end: number): { isStart: boolean; date: number; end: number } | null {
  const found = c.text.word(c.text.afterSpace(end));
  if (found === null) return null;
  const isStart = found.word === c.locale.word.starting;
  if (!isStart && found.word !== c.locale.word.until) return null;
  const phrase = datePhrase(c, c.text.afterOptional(found.end, c.locale.word.on));
  return phrase === null || phrase.minute !== null ? null : { isStart, date: phrase.date, end: phrase.end };
}

/** `for 10 times`. */
function count(c: Context, end: number): { count: number; end: number } | null {
  const forEnd = c.text.expect(c.text.afterSpace(end), c.locale.word.for);
  const number = forEnd === null ? null : c.text.digits(c.text.afterSpace(forEnd));
  if (number === null || number.value < 1 || number.value > COUNT_MAX) return null;
  const timesEnd = c.text.expect(c.text.afterSpace(number.end), c.locale.word.times);
  return timesEnd !== null && c.text.isEnd(timesEnd) ? { count: number.value, end: timesEnd } : null;
}

/** What is repeated, and its end, where a match may end. */
function repeated(c: Context, place: number | null): What | null {
  if (place === null) return null;
  for (const form of [everyUnit, group, weekdays, lastDay, nth, ofYear, ofMonth]) {
    const what = form(c, place);
    if (what !== null && c.text.isEnd(what.end)) return what;
  }
  return null;
}

/** `day`, `3 days`, `other day`. */
function everyUnit(c: Context, place: number): What | null {
  const number = c.text.digits(place);
  const start = number === null ? other(c, place) : { interval: number.value, place: c.text.afterSpace(number.end) };
  const word = c.text.word(start.place);
  if (word === null || start.interval < 1 || start.interval > INTERVAL_MAX) return null;
  const frequency = frequencyOf((number === null ? c.locale.units : c.locale.anyUnit).get(word.word));
  return frequency === null ? null : { rule: newRule(frequency, start.interval, { kind: "of-start" }), end: word.end };
}

/** The interval of an optional `other`, and the place behind it. */
function other(c: Context, place: number): { interval: number; place: number } {
  const end = c.text.expect(place, c.locale.word.other);
  const next = end === null ? null : c.text.afterSpace(end);
  return next === null ? { interval: 1, place } : { interval: 2, place: next };
}

/** `weekday`, `weekend`. */
function group(c: Context, place: number): What | null {
  const found = c.text.word(place);
  if (found === null) return null;
  const isWorkdays = c.locale.workdays.has(found.word);
  if (!isWorkdays && found.word !== c.locale.word.weekend) return null;
  const days: Days = { kind: "weekdays", days: isWorkdays ? WORKDAYS : [6, 7] };
  return { rule: newRule("WEEKLY", 1, days), end: found.end };
}

/** `mon, wed and fri`, `other friday`. */
function weekdays(c: Context, place: number): What | null {
  const start = other(c, place);
  const list = listed(c, start.place, (item) => {
    const found = c.text.word(item);
    const weekday = found === null ? undefined : c.locale.anyWeekday.get(found.word);
    return found === null || weekday === undefined ? null : { value: weekday, end: found.end };
  });
  if (list === null) return null;
  return { rule: newRule("WEEKLY", start.interval, { kind: "weekdays", days: list.values }), end: list.end };
}

interface Item {
  readonly value: number;
  readonly end: number;
}

/** The items of `a, b and c`, sorted, each once, up to the last one behind which a match may end. */
function listed(
  c: Context,
  place: number,
  itemAt: (place: number) => Item | null,
): { values: readonly number[]; end: number } | null {
  const items: Item[] = [];
  let wholeItems = 0;
  for (let item = itemAt(place); item !== null; ) {
    items.push(item);
    if (c.text.isEnd(item.end)) wholeItems = items.length;
    const next = separator(c, item.end);
    item = next === null ? null : itemAt(next);
  }
  const whole = items.slice(0, wholeItems);
  const last = whole.at(-1);
  if (last === undefined) return null;
  const values = [...new Set(whole.map((item) => item.value))].sort((one, another) => one - another);
  return { values, end: last.end };
}

/** The place behind `,`, `and` or both. */
function separator(c: Context, end: number): number | null {
  const and = (place: number | null) => {
    const andEnd = c.text.expect(place, c.locale.word.and);
    return andEnd === null ? null : c.text.afterSpace(andEnd);
  };
  if (c.text.at(end) !== ",") return and(c.text.afterSpace(end));
  const next = c.text.skipSpaces(end + 1);
  return and(next) ?? next;
}

function withOfTheMonth(c: Context, end: number): number | null {
  const found = c.text.expectAll(c.text.afterSpace(end), c.locale.word.of_the_month);
  return found !== null && c.text.isEnd(found) ? found : null;
}

/** `last day`, `last day of the month`. */
function lastDay(c: Context, place: number): What | null {
  const end = c.text.expectAll(place, c.locale.word.last_day);
  if (end === null) return null;
  return { rule: newRule("MONTHLY", 1, { kind: "of-month", days: [-1] }), end: withOfTheMonth(c, end) ?? end };
}

/** `first monday`, `3rd friday of the month`, `last workday`. */
function nth(c: Context, place: number): What | null {
  const start = position(c, place);
  const found = start === null ? null : c.text.word(c.text.afterSpace(start.end));
  if (start === null || found === null) return null;
  const weekday = c.locale.anyWeekday.get(found.word);
  let days: Days;
  if (c.locale.workdays.has(found.word)) days = { kind: "nth-workday", position: start.value };
  else if (weekday !== undefined) days = { kind: "nth", position: start.value, day: weekday };
  else return null;
  return { rule: newRule("MONTHLY", 1, days), end: withOfTheMonth(c, found.end) ?? found.end };
}

function position(c: Context, place: number): Item | null {
  const word = c.text.word(place);
  if (word !== null) {
    const value = c.locale.positions.get(word.word);
    return value === undefined ? null : { value, end: word.end };
  }
  const found = day(c, place);
  return found?.hasEnding === true && found.number <= 5 ? { value: found.number, end: found.end } : null;
}

/** `5 Jan`, `January 5th`. */
function ofYear(c: Context, place: number): What | null {
  const word = c.text.word(place);
  const dayFirst = word === null ? day(c, place) : null;
  const monthWord = word ?? (dayFirst === null ? null : c.text.word(c.text.afterSpace(dayFirst.end)));
  const month = monthWord === null ? undefined : c.locale.months.get(monthWord.word);
  if (monthWord === null || month === undefined) return null;
  const found = dayFirst ?? day(c, c.text.afterSpace(monthWord.end));
  // In a leap year each day exists that any year has.
  if (found === null || date(2000, month, found.number) === null) return null;
  const rule = newRule("YEARLY", 1, { kind: "of-year", month, day: found.number });
  return { rule, end: Math.max(monthWord.end, found.end) };
}

/** `1st`, `1st and 15th`, `15th of the month`; no further word may follow. */
function ofMonth(c: Context, place: number): What | null {
  const list = listed(c, place, (item) => {
    const found = day(c, item);
    return found?.hasEnding === true ? { value: found.number, end: found.end } : null;
  });
  if (list === null) return null;
  const rule = newRule("MONTHLY", 1, { kind: "of-month", days: list.values });
  const end = withOfTheMonth(c, list.end);
  if (end !== null) return { rule, end };
  return mayFollow(c, list.end) ? { rule, end: list.end } : null;
}

/** Whether what follows is no word, or one that belongs to the repeat. "Every 5th element" is plain text. */
function mayFollow(c: Context, end: number): boolean {
  const place = c.text.afterSpace(end);
  const char = place === null ? undefined : c.text.at(place);
  if (place === null || char === undefined || !(isLetterOrNumber(char) || char === '"')) return true;
  const found = c.text.word(place);
  if (found === null) return timePhrase(c, place) !== null;
  const { starting, until, for: forWord, at } = c.locale.word;
  return (
    priority(c, place) !== null || [starting, until, forWord].includes(found.word) || timeAfter(c, end, [at]) !== null
  );
}
