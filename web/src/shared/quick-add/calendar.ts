/** The dates that a line can name: those of the years 1970 to 9999. */
import * as calendar from "#shared/time/calendar.ts";

function inRange(date: number | null): number | null {
  return date !== null && date >= 0 ? date : null;
}

/** The date, if it exists. */
export function date(year: number, month: number, day: number): number | null {
  return inRange(calendar.date(year, month, day));
}

export function addDays(from: number, days: number): number | null {
  return inRange(calendar.addDays(from, days));
}

/** Goes to the last day of a shorter month. */
export function addMonths(from: number, months: number): number | null {
  return inRange(calendar.addMonths(from, months));
}

/** The next date with this weekday, never `from` itself. */
export function nextWeekday(from: number, wanted: number): number | null {
  return addDays(from, ((wanted - calendar.weekday(from) + 6) % 7) + 1);
}

/** The first date from `from` on with this day and month, of those that exist. */
export function nextInYear(from: number, month: number, day: number): number | null {
  const first = calendar.civil(from).year;
  // Two leap days are at most eight years apart.
  for (let year = first; year <= first + 8; year += 1) {
    const found = date(year, month, day);
    if (found !== null && found >= from) return found;
  }
  return null;
}

/** The first date from `from` on with this day of the month, of those that exist. */
export function nextInMonth(from: number, day: number): number | null {
  const first = calendar.civil(from);
  // A month of 31 days follows after at most one shorter month.
  for (let months = 0; months <= 2; months += 1) {
    const month = first.month - 1 + months;
    const found = date(first.year + Math.floor(month / 12), (month % 12) + 1, day);
    if (found !== null && found >= from) return found;
  }
  return null;
}
