/**
 * Arithmetic on local dates as day numbers (days since 1970-01-01), for the years 1970 to 9999. Weekdays count from
 * Monday, 1.
 */
const LAST_DAY = 2_932_896;

export interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

function inRange(day: number): number | null {
  return day >= 0 && day <= LAST_DAY ? day : null;
}

/** Days from 0000-03-01 in eras of 400 years (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"). */
function dayNumber(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

export function civil(date: number): CivilDate {
  const shifted = date + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

export function daysInMonth(year: number, month: number): number {
  const next = month === 12 ? dayNumber(year + 1, 1, 1) : dayNumber(year, month + 1, 1);
  return next - dayNumber(year, month, 1);
}

/** The date, if it exists. */
export function date(year: number, month: number, day: number): number | null {
  if (year < 1970 || year > 9999 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  return dayNumber(year, month, day);
}

/** A date that may be out of range, such as that of an instant. */
export function unchecked(year: number, month: number, day: number): number {
  return dayNumber(year, month, day);
}

export function addDays(from: number, days: number): number | null {
  return inRange(from + days);
}

/** Goes to the last day of a shorter month. */
export function addMonths(from: number, months: number): number | null {
  const { year, month, day } = civil(from);
  const total = year * 12 + month - 1 + months;
  const newYear = Math.floor(total / 12);
  if (!(newYear >= 1970 && newYear <= 9999)) return null;
  const newMonth = (total % 12) + 1;
  return date(newYear, newMonth, Math.min(day, daysInMonth(newYear, newMonth)));
}

export function weekday(day: number): number {
  return ((((day + 3) % 7) + 7) % 7) + 1;
}

/** The next date with this weekday, never `from` itself. */
export function nextWeekday(from: number, wanted: number): number | null {
  return addDays(from, ((wanted - weekday(from) + 6) % 7) + 1);
}

/** The first date from `from` on with this day and month, of those that exist. */
export function nextInYear(from: number, month: number, day: number): number | null {
  const first = civil(from).year;
  // Two leap days are at most eight years apart.
  for (let year = first; year <= first + 8; year += 1) {
    const found = date(year, month, day);
    if (found !== null && found >= from) return found;
  }
  return null;
}

/** The first date from `from` on with this day of the month, of those that exist. */
export function nextInMonth(from: number, day: number): number | null {
  const first = civil(from);
  // A month of 31 days follows after at most one shorter month.
  for (let months = 0; months <= 2; months += 1) {
    const month = first.month - 1 + months;
    const found = date(first.year + Math.floor(month / 12), (month % 12) + 1, day);
    if (found !== null && found >= from) return found;
  }
  return null;
}

export function isoDate(day: number): string {
  const { year, month, day: dayOfMonth } = civil(day);
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(dayOfMonth, 2)}`;
}

export function padded(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
