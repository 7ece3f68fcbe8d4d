/** Due values: a local date, alone or with a time of day, alone or with a zone. They are never instants. */
import { isoDate, parseIsoDate } from "#shared/time/calendar.ts";
import { clockTime, parseClockTime } from "#shared/time/minute.ts";
import { instantOf } from "#shared/time/zone.ts";

/** When something is due. */
export interface Due {
  /** A day number. */
  readonly date: number;
  /** `null`: all day. */
  readonly time: DueTime | null;
}

export interface DueTime {
  /** Since midnight. */
  readonly minute: number;
  /** `null`: floating, at this time in whichever zone the user is. */
  readonly zone: string | null;
}

/** A due in the form of the API. */
export interface WrittenDue {
  readonly date: string;
  readonly time: string | null;
  readonly zone: string | null;
}

/** `null` if the date does not exist or the time is none. */
export function readDue(written: WrittenDue): Due | null {
  const date = parseIsoDate(written.date);
  const minute = written.time === null ? null : parseClockTime(written.time);
  if (date === null || (written.time !== null && minute === null)) return null;
  return { date, time: minute === null ? null : { minute, zone: written.zone } };
}

export function writeDue({ date, time }: Due): WrittenDue {
  return { date: isoDate(date), time: time === null ? null : clockTime(time.minute), zone: time?.zone ?? null };
}

/**
 * The instant of a due with a time, as `instantOf` says. `null` if it is all day, or too close to the year 10000.
 *
 * @param userZone counts where the due has no zone
 */
export function dueInstant({ date, time }: Due, userZone: string): number | null {
  return time === null ? null : instantOf(date, time.minute, time.zone ?? userZone);
}
