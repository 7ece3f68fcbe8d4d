/** The rules that repeats produce, and their canonical RRULE text. */
import type { Frequency } from "#shared/recurrence/rule.ts";
import { basicDate } from "#shared/time/calendar.ts";

/** Which days of a period belong to the rule. Weekdays count from Monday, 1; position -1 is the last. */
export type Days =
  /** Those of the date that the series starts with. */
  | { readonly kind: "of-start" }
  /** Sorted, each once. */
  | { readonly kind: "weekdays"; readonly days: readonly number[] }
  | { readonly kind: "nth"; readonly position: number; readonly day: number }
  | { readonly kind: "nth-workday"; readonly position: number }
  /** Sorted, each once; -1 is the last day. */
  | { readonly kind: "of-month"; readonly days: readonly number[] }
  | { readonly kind: "of-year"; readonly month: number; readonly day: number };

export interface Rule {
  readonly frequency: Frequency;
  readonly interval: number;
  readonly days: Days;
  readonly count: number | null;
  /** A day number. */
  readonly until: number | null;
  /** A day that a month lacks means the last day of that month (RFC 7529, `SKIP=BACKWARD`). */
  readonly skipsBackward: boolean;
}

export const WORKDAYS: readonly number[] = [1, 2, 3, 4, 5];

const NAMES = ["", "MO", "TU", "WE", "TH", "FR", "SA", "SU"];

export function newRule(frequency: Frequency, interval: number, days: Days): Rule {
  return { frequency, interval, days, count: null, until: null, skipsBackward: false };
}

/** The single day of a month that the rule names, if it does. */
export function singleDayOfMonth(rule: Rule): number | null {
  switch (rule.days.kind) {
    case "of-month":
      return rule.days.days.length === 1 ? (rule.days.days[0] ?? null) : null;
    case "of-year":
      return rule.days.day;
    default:
      return null;
  }
}

export function ruleText(rule: Rule): string {
  const parts = [`FREQ=${rule.frequency}`];
  if (rule.interval > 1) parts.push(`INTERVAL=${rule.interval}`);
  parts.push(...dayParts(rule.days));
  if (rule.count !== null) parts.push(`COUNT=${rule.count}`);
  if (rule.until !== null) parts.push(`UNTIL=${basicDate(rule.until)}`);
  if (rule.skipsBackward) parts.push("RSCALE=GREGORIAN", "SKIP=BACKWARD");
  return parts.join(";");
}

function dayParts(days: Days): string[] {
  const byDay = (weekdays: readonly number[]) => `BYDAY=${weekdays.map((day) => NAMES[day]).join(",")}`;
  switch (days.kind) {
    case "of-start":
      return [];
    case "weekdays":
      return [byDay(days.days)];
    case "nth":
      return [`BYDAY=${days.position}${NAMES[days.day]}`];
    case "nth-workday":
      return [byDay(WORKDAYS), `BYSETPOS=${days.position}`];
    case "of-month":
      return [`BYMONTHDAY=${days.days.join(",")}`];
    case "of-year":
      return [`BYMONTH=${days.month}`, `BYMONTHDAY=${days.day}`];
  }
}
