/** The recurrence of a task: which occurrence comes after a completion, and what the next one carries on. */
import { addMonths, FIRST_DAY, LAST_DAY } from "#shared/time/calendar.ts";
import { dateAt, type UserDay } from "#shared/time/user-day.ts";
import { localTime } from "#shared/time/zone.ts";
import { type Due, dueInstant } from "./due.ts";
import { isPlain, type Rule } from "./rule.ts";
import { Series } from "./series.ts";

/** What the next occurrence is counted from: the dates of the rule, or the day of the completion. */
export type Anchor = "schedule" | "completion";

/** The recurrence of one occurrence of a series. */
export interface Recurrence {
  readonly rule: Rule;
  readonly anchor: Anchor;
  /** Where the rule is counted from. Its time and zone are those of every occurrence. */
  readonly start: Due;
  /** The date that this occurrence stands for, a day number, which stays when it is moved to another date. */
  readonly occurrence: number;
  /** The number of this occurrence in its series, from 1 on. */
  readonly index: number;
}

/** The recurrence of a task that begins a series. */
export function newRecurrence(rule: Rule, anchor: Anchor, start: Due): Recurrence {
  return { rule, anchor, start, occurrence: start.date, index: 1 };
}

/**
 * The due of the next occurrence when this one is completed. `null`: the series has ended. The tables of the server's
 * `Recurrence::next` say which it is.
 *
 * @param completedAt milliseconds since the epoch
 */
export function nextDue(recurrence: Recurrence, completedAt: number, userDay: UserDay): Due | null {
  const { anchor, start, occurrence, index } = recurrence;
  const zone = start.time?.zone ?? userDay.zone;
  const completionDay = dateAt(completedAt, userDay, zone);
  if (completionDay === null) return null;
  let date: number | null;
  if (anchor === "completion") date = afterCompletion(recurrence, completionDay, index);
  else if (start.time === null) date = seriesOf(recurrence).firstAfter(Math.max(occurrence, completionDay));
  else date = firstNotPassed(recurrence, completedAt, zone);
  return date === null ? null : { ...start, date };
}

/**
 * The recurrence of the next occurrence.
 *
 * @param index at least one more than the present one
 */
export function successor(recurrence: Recurrence, due: Due, index: number): Recurrence {
  const { rule, anchor, start } = recurrence;
  return { rule, anchor, start: anchor === "schedule" ? start : due, occurrence: due.date, index };
}

/**
 * The dues from this occurrence on, as they come when each is completed on its date. Begins with the present one, also
 * where a start does not fulfil its rule: the task is due then once.
 */
export function* upcoming(recurrence: Recurrence): Generator<Due, void> {
  const { anchor, start, occurrence } = recurrence;
  let date: number | null = occurrence;
  for (let { index } = recurrence; date !== null; index += 1) {
    yield { ...start, date };
    date = anchor === "schedule" ? seriesOf(recurrence).firstAfter(date) : afterCompletion(recurrence, date, index);
  }
}

/**
 * Moves another date of a task, its start or its deadline, by as many days as lie between the old and the new due date.
 * Stays within the years 1 to 9999.
 */
export function moveDate(date: number, oldDue: number, newDue: number): number {
  return Math.min(Math.max(date + newDue - oldDue, FIRST_DAY), LAST_DAY);
}

function seriesOf({ rule, start }: Recurrence): Series {
  return new Series(rule, start.date);
}

/** The first member after the present occurrence whose instant is after the completion. */
function firstNotPassed(recurrence: Recurrence, completedAt: number, zone: string): number | null {
  const { start, occurrence } = recurrence;
  const local = localTime(completedAt, zone);
  if (local === null) return null;
  // The clocks of no zone have gone back or forward by more than a day, so everything two days before is over.
  for (const date of seriesOf(recurrence).membersFrom(Math.max(occurrence, local.date - 2) + 1)) {
    const instant = dueInstant({ ...start, date }, zone);
    // `null`: too close to the year 10000.
    if (instant === null || instant > completedAt) return date;
  }
  return null;
}

/** The date after the occurrence with this index, for anchor completion. */
function afterCompletion({ rule }: Recurrence, day: number, index: number): number | null {
  if (rule.count !== null && index >= rule.count) return null;
  const next = afterDay(rule, day);
  return next !== null && rule.until !== null && next > rule.until ? null : next;
}

function afterDay(rule: Rule, day: number): number | null {
  const isInMonths = rule.frequency === "MONTHLY" || rule.frequency === "YEARLY";
  if (!isInMonths || !isPlain(rule)) return new Series(rule, day).firstAfterWithoutEnd(day);
  return addMonths(day, rule.interval * (rule.frequency === "YEARLY" ? 12 : 1));
}
