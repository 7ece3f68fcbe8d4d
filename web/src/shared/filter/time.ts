/** What filters need of dates beyond the calendar. */
import { civil, dayNumber, daysInMonth } from "#shared/time/calendar.ts";
import { localTime } from "#shared/time/zone.ts";

const DAY = 86_400_000;

/** Goes to the last day of a shorter month. The year may be out of range. */
export function plusMonths(from: number, months: number): number {
  const { year, month, day } = civil(from);
  const total = year * 12 + month - 1 + months;
  const newYear = Math.floor(total / 12);
  const newMonth = total - newYear * 12 + 1;
  return dayNumber(newYear, newMonth, Math.min(day, daysInMonth(newYear, newMonth)));
}

/** The date that a calendar shows at an instant. */
export function localDate(instant: number, zone: string): number {
  return localTime(instant, zone)?.date ?? Math.floor(instant / DAY);
}
