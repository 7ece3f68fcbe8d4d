/** What the user's settings say about days. */
import { localTime } from "./zone.ts";

export interface UserDay {
  /** An IANA name. */
  readonly zone: string;
  /** The minute at which the user's day begins. What is done earlier is done on the day before. */
  readonly startsAt: number;
}

/**
 * The user's date at an instant, as a day number: "today" if it is now. In civil time: on a day when the clocks change,
 * the day still begins at `startsAt`. `null` where `localTime` is.
 *
 * @param zone counts instead of the user's
 */
export function dateAt(instant: number, { zone: usersZone, startsAt }: UserDay, zone = usersZone): number | null {
  const local = localTime(instant, zone);
  if (local === null) return null;
  return local.minute < startsAt ? local.date - 1 : local.date;
}
