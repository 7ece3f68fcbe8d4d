/**
 * Arithmetic on local dates as day numbers (days since 1970-01-01), for the years 1 to 9999. Weekdays count from
 * Monday, 1.
 */
export const FIRST_DAY = -719_162;
export const LAST_DAY = 2_932_896;

export interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/**
 * The day number of a date of any year, which is not checked. Counts days from 0000-03-01 in eras of 400 years (Howard
 * Hinnant, "chrono-Compatible Low-Level Date Algorithms").
 */
export function dayNumber(year: number, month: number, day: number): number {
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

/** Whether a day of any year is a date of the calendar. */
export function exists(year: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
}

/** The date, if it exists. */
export function date(year: number, month: number, day: number): number | null {
  return year >= 1 && year <= 9999 && exists(year, month, day) ? dayNumber(year, month, day) : null;
}

export function addDays(from: number, days: number): number | null {
  const sum = from + days;
  return sum >= FIRST_DAY && sum <= LAST_DAY ? sum : null;
}

/** Goes to the last day of a shorter month. */
export function addMonths(from: number, months: number): number | null {
  const { year, month, day } = civil(from);
  const total = year * 12 + month - 1 + months;
  const newYear = Math.floor(total / 12);
  const newMonth = total - newYear * 12 + 1;
  return date(newYear, newMonth, Math.min(day, daysInMonth(newYear, newMonth)));
}

export function weekday(date: number): number {
  return ((((date + 3) % 7) + 7) % 7) + 1;
}

/** `2026-11-25` */
export function isoDate(date: number): string {
  const { year, month, day } = civil(date);
  return [padded(year, 4), padded(month, 2), padded(day, 2)].join("-");
}

/** `20261125` */
export function basicDate(date: number): string {
  return isoDate(date).replaceAll("-", "");
}

/** The date that a text such as `2026-11-25` names, if it exists. */
export function parseIsoDate(text: string): number | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  return parts === null ? null : date(Number(parts[1]), Number(parts[2]), Number(parts[3]));
}

export function padded(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
