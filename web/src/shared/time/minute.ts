/** Minutes since local midnight, 0 to 1439, and their text. */
import { padded } from "./calendar.ts";

/** `17:05` */
export function clockTime(minute: number): string {
  return `${padded(Math.floor(minute / 60), 2)}:${padded(minute % 60, 2)}`;
}

/** The minute that a text such as `17:05` names, if there is one. */
export function parseClockTime(text: string): number | null {
  const parts = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  return parts === null ? null : Number(parts[1]) * 60 + Number(parts[2]);
}
