/** Dates of a query, absolute or relative to today, as day numbers. */
import { LAST_DAY, weekday } from "#shared/time/calendar.ts";
import { plusMonths } from "./time.ts";
import type { DateValue, Op } from "./tree.ts";

/** The date, at most 9999-12-31. Months go to the last day of a shorter month. */
export function resolve(value: DateValue, today: number): number {
  return Math.min(unlimited(value, today), LAST_DAY);
}

function unlimited(value: DateValue, today: number): number {
  switch (value.kind) {
    case "on":
      return value.date;
    case "today":
      return today;
    case "tomorrow":
      return today + 1;
    case "yesterday":
      return today - 1;
    case "offset":
      if (value.unit === "m") return plusMonths(today, value.count);
      return today + value.count * (value.unit === "w" ? 7 : 1);
    case "next":
      return today + ((value.weekday - weekday(today) + 6) % 7) + 1;
  }
}

export function holds(op: Op, value: number, bound: number): boolean {
  switch (op) {
    case ":":
      return value === bound;
    case "<":
      return value < bound;
    case "<=":
      return value <= bound;
    case ">":
      return value > bound;
    case ">=":
      return value >= bound;
  }
}
