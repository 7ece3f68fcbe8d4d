/**
 * When a task was written down, or when it was done, in the reader's own calendar and as short as it stays clear.
 */
import type { Task } from "#shared/api/task.ts";

const TIME = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const DAY_AND_YEAR = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const WHOLE = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });

export function TaskDate({ task }: { readonly task: Task }) {
  const isDone = task.completed && task.completed_at !== null;
  const moment = task.completed_at ?? task.created_at;
  const date = new Date(moment);
  return (
    <time dateTime={moment} title={WHOLE.format(date)}>
      {isDone ? "Completed " : ""}
      {shorten(date, new Date())}
    </time>
  );
}

function shorten(date: Date, now: Date): string {
  if (date.toDateString() === now.toDateString()) return TIME.format(date);
  return (date.getFullYear() === now.getFullYear() ? DAY : DAY_AND_YEAR).format(date);
}
