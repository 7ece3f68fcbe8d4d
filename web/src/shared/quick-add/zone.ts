/** The local date and minute at an instant in a time zone. */
import { unchecked } from "./calendar.ts";

/** The last instant that every zone can show in the year 9999, as on the server. */
const LAST_INSTANT = 253_402_207_200_999;

export interface LocalMinute {
  /** A day number. */
  readonly date: number;
  /** Since midnight. */
  readonly minute: number;
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
  } as const;
  try {
    return new Intl.DateTimeFormat("en-US", { ...options, timeZone: zone });
  } catch {
    // A zone that this browser does not know counts as UTC.
    return new Intl.DateTimeFormat("en-US", { ...options, timeZone: "UTC" });
  }
}

/** @param instant milliseconds since the epoch */
export function localMinute(instant: number, zone: string): LocalMinute | null {
  if (!(Math.abs(instant) <= LAST_INSTANT)) return null;
  const parts = new Map(
    formatOf(zone)
      .formatToParts(instant)
      .map((part) => [part.type, Number(part.value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  return {
    date: unchecked(part("year"), part("month"), part("day")),
    minute: part("hour") * 60 + part("minute"),
  };
}
