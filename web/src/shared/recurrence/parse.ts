/** The parser of rules. The server's parser is the reference, also for the messages. */
import { dayNumber, exists } from "#shared/time/calendar.ts";
import { instantOf, localTime } from "#shared/time/zone.ts";
import type { Due } from "./due.ts";
import { type Frequency, type Rule, type RuleDay, weekdayNamed } from "./rule.ts";
import { invalid, type RuleError, unsupported } from "./rule-error.ts";

/** Longer rules are refused. */
export const MAX_RULE_BYTES = 500;

const FREQUENCIES: readonly string[] = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"] satisfies Frequency[];
const QUOTED_CHARS = 40;

/** A time in UTC. */
interface Until {
  /** A day number. */
  readonly date: number;
  /** Since midnight. */
  readonly second: number;
}

/** Turns an UNTIL with a time into the last date that counts. */
type LastDate = (until: Until) => number;

/**
 * Parses a rule that somebody wrote. An `UNTIL` with a time becomes the date of its local time in the zone of `start`,
 * or the day before if `start` has a later time of day.
 *
 * @param userZone counts where `start` has no zone
 * @throws {RuleError}
 */
export function parseRule(text: string, start: Due, userZone: string): Rule {
  return parse(text, (until) => lastDate(until, start, start.time?.zone ?? userZone));
}

/**
 * Parses a rule that was stored in its canonical text. Its `UNTIL` has no time, so nothing else is needed.
 *
 * @throws {RuleError} also if `UNTIL` has a time
 */
export function parseStoredRule(text: string): Rule {
  return parse(text, () => {
    throw invalid("UNTIL has a time, expected a date in a stored rule");
  });
}

function lastDate(until: Until, start: Due, zone: string): number {
  const instant = instantOf(until.date, 0, "UTC");
  const local = instant === null ? null : localTime(instant + until.second * 1000, zone);
  // Too close to the year 10000 for an instant: as written.
  const { date, second } = local === null ? until : { date: local.date, second: local.minute * 60 + local.second };
  const last = start.time !== null && start.time.minute * 60 > second ? date - 1 : date;
  // The canonical text has four digits for the year.
  return Math.max(last, dayNumber(0, 1, 1));
}

type Parts = Partial<Rule & { readonly hasScale: boolean }>;

const READERS = new Map<string, (value: string, lastDate: LastDate) => Parts>([
  ["FREQ", (value) => ({ frequency: frequency(value) })],
  ["INTERVAL", (value) => ({ interval: number("INTERVAL", value, 999) })],
  ["BYMONTH", (value) => ({ months: canonical(value.split(",").map((item) => number("BYMONTH", item, 12))) })],
  ["BYMONTHDAY", (value) => ({ monthDays: signedNumbers("BYMONTHDAY", value) })],
  ["BYDAY", (value) => ({ days: ruleDays(value) })],
  ["BYSETPOS", (value) => ({ positions: signedNumbers("BYSETPOS", value) })],
  ["COUNT", (value) => ({ count: number("COUNT", value, 9999) })],
  ["UNTIL", (value, lastDate) => ({ until: until(value, lastDate) })],
  ["WKST", (value) => ({ weekStart: weekStart(value) })],
  ["RSCALE", (value) => ({ hasScale: scale(value) })],
  ["SKIP", (value) => ({ skipsBackward: skip(value) })],
]);

function parse(text: string, lastDate: LastDate): Rule {
  const { length } = new TextEncoder().encode(text);
  if (length > MAX_RULE_BYTES) throw invalid(`the rule has ${length} bytes, expected at most ${MAX_RULE_BYTES}`);
  let parts: Parts = {};
  const names = new Set<string>();
  for (const part of text.split(";")) {
    const equals = part.indexOf("=");
    if (equals < 0) {
      throw invalid(
        `${quote(part)} is not a part of a rule, expected parts NAME=VALUE with a semicolon between them, such as ` +
          "FREQ=WEEKLY;BYDAY=MO",
      );
    }
    const name = asciiUpperCase(part.slice(0, equals));
    const reader = READERS.get(name);
    if (reader === undefined) throw unknownPart(part.slice(0, equals));
    parts = { ...parts, ...reader(part.slice(equals + 1), lastDate) };
    if (names.has(name)) throw invalid(`${name} is there twice, expected each part once`);
    names.add(name);
  }
  return finished(parts);
}

/** Checks the combination. */
function finished({ frequency, hasScale, ...parts }: Parts): Rule {
  if (frequency === undefined) throw invalid("the rule has no FREQ, expected FREQ=DAILY, WEEKLY, MONTHLY or YEARLY");
  if (parts.count !== undefined && parts.until !== undefined) {
    throw unsupported("the rule has COUNT and UNTIL, expected at most one of them");
  }
  const rule: Rule = {
    interval: 1,
    months: [],
    monthDays: [],
    days: [],
    positions: [],
    count: null,
    until: null,
    weekStart: 1,
    skipsBackward: false,
    ...parts,
    frequency,
  };
  const detail = unsupportedCombination(rule, hasScale === true);
  if (detail !== null) throw unsupported(detail);
  return rule;
}

function unsupportedCombination(rule: Rule, hasScale: boolean): string | null {
  const isInMonths = rule.frequency === "MONTHLY" || rule.frequency === "YEARLY";
  const hasMonthDays = rule.monthDays.length > 0;
  const hasPositions = rule.positions.length > 0;
  const namesDays = hasMonthDays || rule.days.length > 0;
  if (hasMonthDays && !isInMonths) {
    return "BYMONTHDAY is used without FREQ=MONTHLY or FREQ=YEARLY, expected one of them";
  }
  if (rule.days.some(({ ordinal }) => ordinal !== 0) && !isInMonths) {
    return "BYDAY has an ordinal without FREQ=MONTHLY or FREQ=YEARLY, expected days without ordinals such as MO";
  }
  if (rule.frequency === "YEARLY" && namesDays && rule.months.length === 0) {
    return "BYMONTHDAY or BYDAY is used with FREQ=YEARLY and without BYMONTH, expected the months in BYMONTH";
  }
  if (hasPositions && !isInMonths) {
    return "BYSETPOS is used without FREQ=MONTHLY or FREQ=YEARLY, expected one of them";
  }
  if (hasPositions && !namesDays) return "BYSETPOS is used alone, expected BYDAY or BYMONTHDAY beside it";
  if (!rule.skipsBackward) return null;
  if (!hasScale) return "SKIP=BACKWARD is used without RSCALE, expected RSCALE=GREGORIAN;SKIP=BACKWARD";
  if (!isInMonths) return "SKIP=BACKWARD is used without FREQ=MONTHLY or FREQ=YEARLY, expected one of them";
  if (rule.monthDays.length > 1 || rule.days.length > 0 || hasPositions) {
    return "SKIP=BACKWARD is used with BYDAY, BYSETPOS or several BYMONTHDAY, expected at most one BYMONTHDAY";
  }
  return null;
}

function frequency(value: string): Frequency {
  const expected = "DAILY, WEEKLY, MONTHLY or YEARLY";
  const name = asciiUpperCase(value);
  if (FREQUENCIES.includes(name)) return name as Frequency;
  if (["SECONDLY", "MINUTELY", "HOURLY"].includes(name)) {
    throw unsupported(`FREQ is ${quote(value)}, which is not supported, expected ${expected}`);
  }
  throw unexpected("FREQ", value, expected);
}

/** A number from 1 to `max`. */
function number(name: string, value: string, max: number): number {
  const parsed = /^[0-9]+$/.test(value) ? Number(value) : 0;
  if (parsed < 1 || parsed > max) throw unexpected(name, value, `a number from 1 to ${max}`);
  return parsed;
}

function signedNumbers(name: string, value: string): readonly number[] {
  const numbers = value.split(",").map((item) => {
    const parsed = /^[+-]?[0-9]{1,2}$/.test(item) ? Number(item) : 0;
    if (parsed === 0 || Math.abs(parsed) > 31) {
      throw unexpected(name, item, "numbers from 1 to 31 or from -31 to -1, with commas between them");
    }
    return parsed;
  });
  return canonical(numbers);
}

/** Each number once, in the order of the canonical text: the positive ones, then the negative ones from -1 on. */
function canonical(numbers: readonly number[]): readonly number[] {
  return [...new Set(numbers)].sort((one, other) => place(one) - place(other));
}

function place(number: number): number {
  return number < 0 ? 100 - number : number;
}

function ruleDays(value: string): readonly RuleDay[] {
  const days = value.split(",").map((item) => {
    const weekday = weekdayNamed(asciiUpperCase(item.slice(-2)));
    const ordinal = /^([+-]?0?[1-5])?$/.test(item.slice(0, -2)) ? Number(item.slice(0, -2)) : null;
    if (weekday === null || ordinal === null) {
      throw unexpected(
        "BYDAY",
        item,
        "days from MO to SU, each alone or with 1 to 5 or -5 to -1 before it, with commas between them",
      );
    }
    return { ordinal, weekday };
  });
  const byPlace = new Map(days.map((day) => [place(day.ordinal) * 7 + day.weekday, day]));
  return [...byPlace].sort(([one], [other]) => one - other).map(([, day]) => day);
}

function until(value: string, lastDate: LastDate): number {
  const expected = "a date that exists as YYYYMMDD, or a time in UTC as YYYYMMDDTHHMMSSZ";
  const parts = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z?))?$/.exec(asciiUpperCase(value));
  if (parts === null) throw unexpected("UNTIL", value, expected);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map(Number);
  if (!exists(year, month, day)) throw unexpected("UNTIL", value, expected);
  const date = dayNumber(year, month, day);
  if (parts[4] === undefined) return date;
  if (hour > 23 || minute > 59 || second > 60) throw unexpected("UNTIL", value, expected);
  if (parts[7] === "") {
    throw unsupported(`UNTIL is ${quote(value)}, a local time, which is not supported, expected ${expected}`);
  }
  // RFC 5545 section 3.3.12: where leap seconds are not known, the second 60 is read as 59.
  return lastDate({ date, second: (hour * 60 + minute) * 60 + Math.min(second, 59) });
}

function weekStart(value: string): number {
  const weekday = weekdayNamed(asciiUpperCase(value));
  if (weekday === null) throw unexpected("WKST", value, "a day from MO to SU");
  return weekday;
}

function scale(value: string): boolean {
  if (asciiUpperCase(value) === "GREGORIAN") return true;
  if (isToken(value)) throw unsupported(`RSCALE is ${quote(value)}, which is not supported, expected GREGORIAN`);
  throw unexpected("RSCALE", value, "GREGORIAN");
}

/** Whether it is `BACKWARD`. */
function skip(value: string): boolean {
  switch (asciiUpperCase(value)) {
    case "OMIT":
      return false;
    case "BACKWARD":
      return true;
    case "FORWARD":
      throw unsupported("SKIP is FORWARD, which is not supported, expected OMIT or BACKWARD");
    default:
      throw unexpected("SKIP", value, "OMIT or BACKWARD");
  }
}

function unknownPart(name: string): RuleError {
  const expected = "FREQ, INTERVAL, BYMONTH, BYMONTHDAY, BYDAY, BYSETPOS, COUNT, UNTIL, WKST, RSCALE or SKIP";
  if (isToken(name)) return unsupported(`the part ${quote(name)} is not supported, expected ${expected}`);
  if (name.includes(":")) {
    return invalid(`the rule starts with a property, ${quote(name)}, expected the value alone, such as FREQ=DAILY`);
  }
  return invalid(`${quote(name)} is not the name of a part, expected ${expected}`);
}

/** A name in the sense of RFC 5545 (`iana-token`). */
function isToken(text: string): boolean {
  return /^[0-9A-Za-z-]+$/.test(text);
}

function unexpected(name: string, value: string, expected: string): RuleError {
  return invalid(`${name} has ${quote(value)}, expected ${expected}`);
}

/** `toUpperCase` would make an `I` of a dotless `ı`. */
function asciiUpperCase(text: string): string {
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

/** The beginning of a text in quotes, without control characters. */
function quote(text: string): string {
  const chars = Array.from(text);
  const isWhole = chars.length <= QUOTED_CHARS;
  const beginning = isWhole ? text : `${chars.slice(0, QUOTED_CHARS).join("")}...`;
  const escaped = (char: string) => `\\u{${char.charCodeAt(0).toString(16)}}`;
  return JSON.stringify(beginning).replace(/\p{Cc}/gu, escaped);
}
