/** The first date of a repeat: of the set that its rule gives with an interval of 1. */
import { civil, daysInMonth, weekday } from "#shared/time/calendar.ts";
import { addDays } from "./calendar.ts";
import type { Context } from "./context.ts";
import { type Rule, WORKDAYS } from "./rule.ts";

/** Two leap days are at most eight years apart. */
const SEARCHED_DAYS = 8 * 366;

/** The first date from `start` on that the rule contains and whose `minute`, if there is one, is later than now. */
export function firstDue(c: Context, rule: Rule, start: number, minute: number | null): number | null {
  const from = minute === null ? start : Math.max(start, c.today);
  for (let days = 0; days <= SEARCHED_DAYS; days += 1) {
    const date = addDays(from, days);
    if (date === null) return null;
    if ((minute === null || c.isLater(date, minute)) && contains(rule, start, date)) return date;
  }
  return null;
}

function contains(rule: Rule, start: number, date: number): boolean {
  const { days } = rule;
  switch (days.kind) {
    case "of-start":
      return containsLikeStart(rule, start, date);
    case "weekdays":
      return days.days.includes(weekday(date));
    case "nth":
      return weekday(date) === days.day && isNth(date, days.position, (other) => other === days.day);
    case "nth-workday": {
      const isWorkday = (other: number) => WORKDAYS.includes(other);
      return isWorkday(weekday(date)) && isNth(date, days.position, isWorkday);
    }
    case "of-month":
      return days.days.some((wanted) => isDay(rule, date, wanted));
    case "of-year":
      return civil(date).month === days.month && isDay(rule, date, days.day);
  }
}

function containsLikeStart(rule: Rule, start: number, date: number): boolean {
  const [first, other] = [civil(start), civil(date)];
  switch (rule.frequency) {
    case "DAILY":
      return true;
    case "WEEKLY":
      return weekday(start) === weekday(date);
    case "MONTHLY":
      return first.day === other.day;
    case "YEARLY":
      return first.day === other.day && first.month === other.month;
  }
}

function isDay(rule: Rule, date: number, wanted: number): boolean {
  const { year, month, day } = civil(date);
  const last = daysInMonth(year, month);
  if (wanted === -1) return day === last;
  return day === (rule.skipsBackward ? Math.min(wanted, last) : wanted);
}

/** Whether the date is at this position among the days of its month whose weekday is counted. */
function isNth(date: number, position: number, isCounted: (weekday: number) => boolean): boolean {
  const { year, month, day } = civil(date);
  const isCountedDay = (other: number) => isCounted(weekday(date - day + other));
  if (position < 0) {
    for (let other = day + 1; other <= daysInMonth(year, month); other += 1) {
      if (isCountedDay(other)) return false;
    }
    return true;
  }
  let before = 0;
  for (let other = 1; other < day; other += 1) {
    if (isCountedDay(other)) before += 1;
  }
  return before + 1 === position;
}
