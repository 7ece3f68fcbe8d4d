/**
 * Quick add: reads a line such as `Call Ann tomorrow 5pm p1 @phone #Work` as a task.
 *
 * Pure. The server's parser, `crates/taskward-quick-add`, is the reference; both are tested with the same vectors. What
 * is not understood stays in the title.
 */
import { isoDate } from "#shared/time/calendar.ts";
import { clockTime } from "#shared/time/minute.ts";
import { Context } from "./context.ts";
import type { Match, Value } from "./match.ts";
import type { Names } from "./names.ts";
import { matchesOf } from "./scan.ts";
import { type Text, trimmed } from "./text.ts";
import { titleOf } from "./title.ts";
import type { Due, Parsed, Span, Unknown } from "./types.ts";

/**
 * Reads an English text.
 *
 * @param now milliseconds since the epoch
 * @param zone an IANA name
 * @param weekStart 1, Monday, to 7
 */
export function parse(text: string, now: number, zone: string, weekStart: number, names: Names): Parsed {
  const c = new Context(text, now, zone, weekStart, names);
  const matches = counted(matchesOf(c));
  const understood = matches.filter(({ value }) => value.kind !== "unknown");
  const removed = understood.filter(({ value }) => value.kind !== "escape");
  const escapes = understood.filter(({ value }) => value.kind === "escape");
  const unknown = matches.flatMap((match) => unknownOf(c.text, match));
  const title = titleOf(c.text, removed, escapes);
  if (title === null) return parsed(c.text, trimmed(c.text.chars).join(""), [], unknown);
  return parsed(c.text, title, understood, unknown);
}

/**
 * The matches that count: of several lists, priorities, dues, repeats, starts and deadlines the last one, and no due
 * beside a repeat.
 */
function counted(matches: readonly Match[]): Match[] {
  const last = new Map(matches.map((match) => [match.value.kind, match]));
  return matches.filter((match) => {
    switch (match.value.kind) {
      case "label":
      case "description":
      case "escape":
      case "unknown":
        return true;
      case "due":
        return last.get("due") === match && !last.has("recurrence");
      default:
        return last.get(match.value.kind) === match;
    }
  });
}

function unknownOf(text: Text, { start, end, value }: Match): Unknown[] {
  return value.kind === "unknown" ? [{ kind: value.of, text: text.slice(start, end), start, end }] : [];
}

function parsed(text: Text, title: string, matches: readonly Match[], unknown: readonly Unknown[]): Parsed {
  const first = <K extends Value["kind"]>(kind: K): Extract<Value, { kind: K }> | null => {
    const found = matches.find((match) => match.value.kind === kind);
    return (found?.value as Extract<Value, { kind: K }> | undefined) ?? null;
  };
  const recurrence = first("recurrence");
  const due = recurrence ?? first("due");
  const start = first("start");
  const deadline = first("deadline");
  const description = matches.find((match) => match.value.kind === "description");
  return {
    title,
    description: description === undefined ? null : descriptionOf(text, description),
    due: due === null ? null : dueOf(due.date, due.minute),
    recurrence: recurrence === null ? null : { rule: recurrence.rule, anchor: recurrence.anchor },
    priority: first("priority")?.priority ?? null,
    labels: [...new Set(matches.flatMap(({ value }) => (value.kind === "label" ? [value.name] : [])))],
    list: first("list")?.name ?? null,
    start_on: start === null ? null : isoDate(start.date),
    deadline_on: deadline === null ? null : isoDate(deadline.date),
    spans: matches.flatMap(spanOf),
    unknown,
  };
}

function descriptionOf(text: Text, match: Match): string {
  return trimmed(text.chars.slice(match.start + "//".length, match.end)).join("");
}

function dueOf(date: number, minute: number | null): Due {
  return { date: isoDate(date), time: minute === null ? null : clockTime(minute), zone: null };
}

function spanOf({ start, end, value }: Match): Span[] {
  return value.kind === "unknown" ? [] : [{ start, end, kind: value.kind }];
}
