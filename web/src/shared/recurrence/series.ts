/** The set of dates that a rule gives from a start, and the search for its members. All dates are day numbers. */
import { civil, dayNumber, daysInMonth, LAST_DAY, weekday } from "#shared/time/calendar.ts";
import type { Rule } from "./rule.ts";

/** Bounds the work for rules that have no member, such as the 30th of February. */
const MAX_PERIODS = 10_000;

/** In months since January of the year 0. */
const LAST_MONTH = 9999 * 12 + 11;

/** Days of one month, as the bits 1 to 31. */
type Days = number;

/**
 * The dates that a rule gives from a start. The tables of the server's `Series` say which those are. A start that does
 * not fulfil the rule is no member. Nothing after the year 9999 is one, and a search that has looked at 10,000 periods
 * gives up.
 */
export class Series {
  readonly #rule: Rule;
  readonly #start: number;

  constructor(rule: Rule, start: number) {
    this.#rule = rule;
    this.#start = start;
  }

  /** The first member. `null`: the rule gives no date from this start. */
  first(): number | null {
    return firstOf(this.membersFrom(this.#start));
  }

  firstAfter(date: number): number | null {
    return firstOf(this.membersFrom(date + 1));
  }

  /** The first member after a date, without regard to COUNT and UNTIL. */
  firstAfterWithoutEnd(date: number): number | null {
    return firstOf(this.#search(date + 1));
  }

  *membersFrom(date: number): Generator<number, void> {
    const { count, until } = this.#rule;
    const from = Math.max(date, this.#start);
    // Members have to be counted from the first one on.
    let number = 0;
    for (const member of this.#search(count === null ? from : this.#start)) {
      number += 1;
      if ((count !== null && number > count) || (until !== null && member > until)) return;
      if (member >= from) yield member;
    }
  }

  /**
   * The members from a date on, which is not before the start, without regard to COUNT and UNTIL. Begins in the period of
   * the date, so that the age of a series costs nothing.
   */
  *#search(from: number): Generator<number, void> {
    const first = this.#firstPeriod(from);
    let end = first + MAX_PERIODS;
    for (let period = first; period < end; period += 1) {
      const days = this.#daysOf(period);
      if (days === null) return;
      for (const day of days) {
        if (day < from) continue;
        end = period + 1 + MAX_PERIODS;
        yield day;
      }
    }
  }

  /** The first period with a day that is not before the date. Periods are counted from that of the start. */
  #firstPeriod(date: number): number {
    const { frequency, interval } = this.#rule;
    switch (frequency) {
      case "DAILY":
        return Math.ceil((date - this.#start) / interval);
      case "WEEKLY":
        return Math.floor((date - this.#firstOfWeek()) / 7 / interval);
      case "MONTHLY":
        return Math.ceil((monthNumber(date) - monthNumber(this.#start)) / interval);
      case "YEARLY":
        return Math.ceil((civil(date).year - civil(this.#start).year) / interval);
    }
  }

  /** All days of a period that fulfil the rule, in order. `null`: the period is after the year 9999. */
  #daysOf(period: number): readonly number[] | null {
    const { frequency, interval } = this.#rule;
    const step = period * interval;
    switch (frequency) {
      case "DAILY": {
        const day = this.#start + step;
        if (day > LAST_DAY) return null;
        return this.#allowsMonth(day) && this.#allowsWeekday(day) ? [day] : [];
      }
      case "WEEKLY": {
        const first = this.#firstOfWeek() + step * 7;
        return first > LAST_DAY ? null : this.#daysOfWeek(first);
      }
      case "MONTHLY":
        return this.#daysOfMonths(monthNumber(this.#start) + step, 1);
      case "YEARLY":
        return this.#daysOfMonths((civil(this.#start).year + step) * 12, 12);
    }
  }

  #firstOfWeek(): number {
    return this.#start - ((weekday(this.#start) - this.#rule.weekStart + 7) % 7);
  }

  #daysOfWeek(first: number): readonly number[] {
    const isWanted = (day: number) =>
      this.#rule.days.length === 0 ? weekday(day) === weekday(this.#start) : this.#allowsWeekday(day);
    const days = Array.from({ length: 7 }, (_, index) => first + index);
    return days.filter((day) => day <= LAST_DAY && isWanted(day) && this.#allowsMonth(day));
  }

  #allowsMonth(day: number): boolean {
    const { months } = this.#rule;
    return months.length === 0 || months.includes(civil(day).month);
  }

  #allowsWeekday(day: number): boolean {
    const { days } = this.#rule;
    return days.length === 0 || days.some((allowed) => allowed.weekday === weekday(day));
  }

  #daysOfMonths(firstMonth: number, count: number): readonly number[] | null {
    if (firstMonth > LAST_MONTH) return null;
    const found: number[] = [];
    for (let number = firstMonth; number < firstMonth + count; number += 1) {
      const [year, month] = [Math.floor(number / 12), (number % 12) + 1];
      if (!this.#isWantedMonth(month)) continue;
      const first = dayNumber(year, month, 1);
      const length = daysInMonth(year, month);
      const days = this.#daysOfMonth(first, length);
      for (let day = 1; day <= length; day += 1) {
        if ((days & (1 << day)) !== 0) found.push(first + day - 1);
      }
    }
    const { positions } = this.#rule;
    if (positions.length === 0) return found;
    return found.filter((_, index) => positions.includes(index + 1) || positions.includes(index - found.length));
  }

  #isWantedMonth(month: number): boolean {
    const { frequency, months } = this.#rule;
    if (months.length > 0) return months.includes(month);
    return frequency === "MONTHLY" || month === civil(this.#start).month;
  }

  /** The days of a month that BYMONTHDAY, BYDAY and SKIP give. */
  #daysOfMonth(first: number, length: number): Days {
    const { monthDays, days } = this.#rule;
    if (monthDays.length === 0 && days.length === 0) return this.#monthDay(civil(this.#start).day, length);
    let wanted: Days = -1;
    if (monthDays.length > 0) wanted &= union(monthDays, (day) => this.#monthDay(day, length));
    if (days.length > 0) wanted &= union(days, ({ ordinal, weekday }) => nthDays(ordinal, weekday, first, length));
    return wanted;
  }

  /** A day of a month, from its end if negative, or what SKIP says where the month does not have it. */
  #monthDay(wanted: number, length: number): Days {
    const day = wanted < 0 ? length + 1 + wanted : wanted;
    if (day >= 1 && day <= length) return 1 << day;
    return day > length && this.#rule.skipsBackward ? 1 << length : 0;
  }
}

function firstOf(members: Generator<number, void>): number | null {
  return members.next().value ?? null;
}

function union<T>(items: readonly T[], daysOf: (item: T) => Days): Days {
  return items.reduce((days, item) => days | daysOf(item), 0);
}

/** Of all days of a month with this weekday the one with the ordinal, from the end if negative, or all for 0. */
function nthDays(ordinal: number, wanted: number, first: number, length: number): Days {
  const firstDay = 1 + ((wanted - weekday(first) + 7) % 7);
  const all: Days[] = [];
  for (let day = firstDay; day <= length; day += 7) all.push(1 << day);
  if (ordinal === 0) return union(all, (day) => day);
  return all.at(ordinal > 0 ? ordinal - 1 : ordinal) ?? 0;
}

function monthNumber(date: number): number {
  const { year, month } = civil(date);
  return year * 12 + month - 1;
}
