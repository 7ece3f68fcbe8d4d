/** Whether a task is a result of a filter. */

import { parseIsoDate } from "#shared/time/calendar.ts";
import { instantOf } from "#shared/time/zone.ts";
import { holds, resolve } from "./dates.ts";
import { localDate } from "./time.ts";
import type { Absent, DateField, Node, Part, State, Term } from "./tree.ts";

/** What a filter asks about a task. Dates are `YYYY-MM-DD`, instants milliseconds since the epoch. */
export interface TaskFacts {
  /** `null`: the Inbox. */
  readonly list: string | null;
  readonly isSubtask: boolean;
  /** Without those that are in the trash, which count as gone. */
  readonly labels: readonly string[];
  /** 1 is the highest. */
  readonly priority: 1 | 2 | 3 | null;
  readonly due: Due | null;
  readonly start: string | null;
  readonly deadline: string | null;
  readonly hasDuration: boolean;
  readonly hasReminder: boolean;
  readonly hasDescription: boolean;
  readonly isRecurring: boolean;
  readonly createdAt: number;
  readonly completedAt: number | null;
  /** Whether a search for the text finds the task. Called with the texts of the filter. */
  readonly hasWords: (text: string) => boolean;
}

/** As in the API: all day without a time, floating without a zone. */
export interface Due {
  readonly date: string;
  /** `HH:MM` */
  readonly time: string | null;
  readonly zone: string | null;
}

/** What the answer depends on beside the task. */
export interface Context {
  /** The user's day, which may begin later than midnight. */
  readonly today: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The user's, an IANA name. */
  readonly zone: string;
  readonly archivedLists: ReadonlySet<string>;
}

/** The tables of the Rust crate, `Filter::matches`, are the rules. */
export function matches(node: Node, task: TaskFacts, context: Context): boolean {
  switch (node.kind) {
    case "or":
      return node.operands.some((operand) => matches(operand, task, context));
    case "and":
      return node.operands.every((operand) => matches(operand, task, context));
    case "not":
      return !matches(node.operand, task, context);
    case "term":
      return termMatches(node.term, task, context);
  }
}

function termMatches(term: Term, task: TaskFacts, context: Context): boolean {
  switch (term.kind) {
    case "word":
      return wordMatches(term.word, task, context);
    case "date": {
      const date = dateOf(task, term.field, context);
      return date !== null && holds(term.op, date, resolve(term.value, todayOf(context)));
    }
    case "no":
      return isAbsent(task, term.absent);
    case "is":
      return isIn(task, term.state);
    case "has":
      return hasPart(task, term.part);
    case "priority":
      return task.priority === term.priority;
    case "list":
      return task.list === term.id;
    case "label":
      return task.labels.includes(term.id);
    case "text":
      return task.hasWords(term.text);
  }
}

function wordMatches(word: Extract<Term, { kind: "word" }>["word"], task: TaskFacts, context: Context): boolean {
  switch (word) {
    case "today":
    case "tomorrow":
      return dateOf(task, "due", context) === resolve({ kind: word }, todayOf(context));
    case "overdue":
      return isOverdue(task, context);
    case "deferred": {
      const start = dateOf(task, "start", context);
      return start !== null && start > todayOf(context);
    }
  }
}

/** A due with a time is over when its instant has passed, an all-day due or a deadline when its date has. */
function isOverdue(task: TaskFacts, context: Context): boolean {
  const isPast = (date: string) => (parseIsoDate(date) ?? 0) < todayOf(context);
  if (task.deadline !== null && isPast(task.deadline)) return true;
  if (task.due === null) return false;
  if (task.due.time === null) return isPast(task.due.date);
  const instant = dueInstant(task.due, context);
  return instant !== null && instant < context.now;
}

function dateOf(task: TaskFacts, field: DateField, context: Context): number | null {
  switch (field) {
    case "due":
      return task.due === null ? null : dueDay(task.due, context);
    case "deadline":
      return task.deadline === null ? null : parseIsoDate(task.deadline);
    case "start":
      return task.start === null ? null : parseIsoDate(task.start);
    case "created":
      return localDate(task.createdAt, context.zone);
    case "done":
      return task.completedAt === null ? null : localDate(task.completedAt, context.zone);
  }
}

/** The day that the user sees a due on. Only a due with a zone can be on another day than its own. */
function dueDay(due: Due, context: Context): number | null {
  const instant = due.zone === null ? null : dueInstant(due, context);
  return instant === null ? parseIsoDate(due.date) : localDate(instant, context.zone);
}

function dueInstant(due: Due, context: Context): number | null {
  const date = parseIsoDate(due.date);
  const time = /^([0-9]{2}):([0-9]{2})$/.exec(due.time ?? "");
  if (date === null || time === null) return null;
  return instantOf(date, Number(time[1]) * 60 + Number(time[2]), due.zone ?? context.zone);
}

function isAbsent(task: TaskFacts, absent: Absent): boolean {
  switch (absent) {
    case "due":
      return task.due === null;
    case "deadline":
      return task.deadline === null;
    case "start":
      return task.start === null;
    case "priority":
      return task.priority === null;
    case "label":
      return task.labels.length === 0;
    case "list":
      return task.list === null;
    case "description":
      return !task.hasDescription;
  }
}

function isIn(task: TaskFacts, state: State): boolean {
  switch (state) {
    case "open":
      return task.completedAt === null;
    case "done":
      return task.completedAt !== null;
    case "any":
      return true;
    case "recurring":
      return task.isRecurring;
    case "subtask":
      return task.isSubtask;
    case "top":
      return !task.isSubtask;
  }
}

function hasPart(task: TaskFacts, part: Part): boolean {
  const time = task.due?.time ?? null;
  switch (part) {
    case "time":
      return time !== null;
    case "zone":
      return time !== null && task.due?.zone !== null;
    case "reminder":
      return task.hasReminder;
    case "duration":
      return task.hasDuration;
  }
}

export function todayOf(context: Context): number {
  return parseIsoDate(context.today) ?? localDate(context.now, context.zone);
}
