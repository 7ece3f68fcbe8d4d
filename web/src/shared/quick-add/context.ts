/** What every part of the grammar reads: the text, the words of the language, the user's names, and now. */
import { type LocalTime, localTime } from "#shared/time/zone.ts";
import { ENGLISH, type Locale } from "./locale.ts";
import type { Names } from "./names.ts";
import { Text } from "./text.ts";

export class Context {
  readonly text: Text;
  readonly locale: Locale = ENGLISH;
  readonly names: Names;
  /** 1, Monday, to 7. */
  readonly weekStart: number;
  /** A day number. */
  readonly today: number;
  /** Since midnight. */
  readonly minute: number;
  readonly #now: number;
  readonly #zone: string;

  constructor(text: string, now: number, zone: string, weekStart: number, names: Names) {
    this.text = new Text(text);
    this.names = names;
    this.weekStart = weekStart;
    this.#now = now;
    this.#zone = zone;
    // No date is in the range of a calendar that starts before 1970.
    const local = localTime(now, zone) ?? { date: -1_000_000, minute: 0 };
    this.today = local.date;
    this.minute = local.minute;
  }

  /** The local date and minute when so many minutes have elapsed. */
  afterMinutes(minutes: number): LocalTime | null {
    return localTime(this.#now + minutes * 60_000, this.#zone);
  }

  /** Whether the minute of the date is later than now. */
  isLater(date: number, minute: number): boolean {
    return date > this.today || (date === this.today && minute > this.minute);
  }
}
