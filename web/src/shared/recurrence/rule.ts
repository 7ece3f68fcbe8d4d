/**
 * Recurrence rules: the subset of RFC 5545 and RFC 7529 that Taskward takes, and their canonical text.
 *
 * Invariant: a `Rule` comes only from the parser, so every combination of parts in it is one that the series can
 * evaluate.
 */
import { basicDate } from "#shared/time/calendar.ts";

export type Frequency = "DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY";

/** Lists are empty if the rule has none. They are in the order of the canonical text, and each item is there once. */
export interface Rule {
  readonly frequency: Frequency;
  readonly interval: number;
  readonly months: readonly number[];
  readonly monthDays: readonly number[];
  readonly days: readonly RuleDay[];
  readonly positions: readonly number[];
  /** Not together with `until`. */
  readonly count: number | null;
  /** The last date that counts, a day number. */
  readonly until: number | null;
  readonly weekStart: number;
  /** A day that a month lacks means the last day of that month (RFC 7529, `SKIP=BACKWARD`). */
  readonly skipsBackward: boolean;
}

export interface RuleDay {
  /** From ±1 to ±5 within the month, or 0 for every one. */
  readonly ordinal: number;
  readonly weekday: number;
}

const WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

export function weekdayNamed(name: string): number | null {
  const index = WEEKDAYS.indexOf(name);
  return index < 0 ? null : index + 1;
}

function weekdayName(weekday: number): string {
  return WEEKDAYS[weekday - 1] ?? "";
}

/** Whether the rule only says how often, so that the day follows from where it is counted from. */
export function isPlain(rule: Rule): boolean {
  return rule.months.length === 0 && rule.monthDays.length === 0 && rule.days.length === 0;
}

/**
 * The canonical text, which is stored: parts in the order of the table of the server's `Rule`, without those that change
 * nothing. Two rules are equal exactly if their texts are.
 */
export function ruleText(rule: Rule): string {
  const list = (name: string, items: readonly (number | string)[]) =>
    items.length === 0 ? "" : `;${name}=${items.join(",")}`;
  const days = rule.days.map(({ ordinal, weekday }) => `${ordinal === 0 ? "" : ordinal}${weekdayName(weekday)}`);
  return [
    `FREQ=${rule.frequency}`,
    rule.interval === 1 ? "" : `;INTERVAL=${rule.interval}`,
    list("BYMONTH", rule.months),
    list("BYMONTHDAY", rule.monthDays),
    list("BYDAY", days),
    list("BYSETPOS", rule.positions),
    rule.count === null ? "" : `;COUNT=${rule.count}`,
    rule.until === null ? "" : `;UNTIL=${basicDate(rule.until)}`,
    rule.weekStart === 1 ? "" : `;WKST=${weekdayName(rule.weekStart)}`,
    rule.skipsBackward ? ";RSCALE=GREGORIAN;SKIP=BACKWARD" : "",
  ].join("");
}
