/**
 * The creation or completion date of a task, in the user's locale, without the parts that equal the current date.
 */
import type { Task } from "#shared/api/task.ts";

const TIME = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const DAY_AND_YEAR = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });

export function TaskDate({ task }: { readonly task: Task }) {
  const isDone = task.completed && task.completed_at !== null;
  const timestamp = task.completed_at ?? task.created_at;
  const date = new Date(timestamp);
  return (
    <time dateTime={timestamp} title={FULL.format(date)}>
      {isDone ? "Completed " : ""}
      {shorten(date, new Date())}
    </time>
  );
}

function shorten(date: Date, now: Date): string {
  if (date.toDateString() === now.toDateString()) return TIME.format(date);
  return (date.getFullYear() === now.getFullYear() ? DAY : DAY_AND_YEAR).format(date);
}
