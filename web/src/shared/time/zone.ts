/** The local time at an instant in a time zone, and the instant of a local time. Instants are milliseconds since 1970. */
import { dayNumber } from "./calendar.ts";

/** The last instant that every zone can show in the year 9999, as on the server. */
const LAST_INSTANT = 253_402_207_200_999;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

export interface LocalTime {
  /** A day number. */
  readonly date: number;
  /** Since midnight. */
  readonly minute: number;
  readonly second: number;
}

/** Making a format takes longer than parsing a line. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const format = newFormat(zone);
  formats.set(zone, format);
  return format;
}

function newFormat(zone: string): Intl.DateTimeFormat {
  const options = {
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  } as const;
  try {
    return new Intl.DateTimeFormat("en-US", { ...options, timeZone: zone });
  } catch {
    // A zone that this browser does not know counts as UTC.
    return new Intl.DateTimeFormat("en-US", { ...options, timeZone: "UTC" });
  }
}

/** `null` if the instant is after the year 9999 in some zone, or as far before 1970 as that is after it. */
export function localTime(instant: number, zone: string): LocalTime | null {
  if (!(Math.abs(instant) <= LAST_INSTANT)) return null;
  const local = instant + offsetAt(instant, zone);
  const date = Math.floor(local / DAY);
  const inDay = local - date * DAY;
  const minute = Math.floor(inDay / MINUTE);
  return { date, minute, second: Math.floor((inDay - minute * MINUTE) / SECOND) };
}

/**
 * The instant of a local time. In a gap it is shifted forward by the gap (RFC 5545, section 3.3.5); of two it is the
 * earlier one. `null` in the last hours of the year 9999.
 *
 * @param date a day number
 * @param minute since midnight
 */
export function instantOf(date: number, minute: number, zone: string): number | null {
  const local = date * DAY + minute * MINUTE;
  // Every offset is less than a day, and no two changes of a zone are within two days.
  const before = local - offsetAt(local - DAY, zone);
  const after = local - offsetAt(local + DAY, zone);
  const isAt = (instant: number) => instant + offsetAt(instant, zone) === local;
  // Where both show the local time, the clocks go back, and `before` is earlier. In a gap neither does.
  const instant = isAt(after) && !isAt(before) ? after : before;
  return instant <= LAST_INSTANT ? instant : null;
}

/** What has to be added to an instant for the local time. */
function offsetAt(instant: number, zone: string): number {
  // Years before the year 1 are shown as positive numbers. No zone had other offsets in the year 1000 than before.
  const shown = Math.max(Math.floor(instant / SECOND) * SECOND, dayNumber(1000, 1, 1) * DAY);
  const parts = new Map(
    formatOf(zone)
      .formatToParts(shown)
      .map((part) => [part.type, Number(part.value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const date = dayNumber(part("year"), part("month"), part("day"));
  return date * DAY + (part("hour") * 60 + part("minute")) * MINUTE + part("second") * SECOND - shown;
}
