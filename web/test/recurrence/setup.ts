/** Short ways to write down dates, dues, rules and instants. */
import { readFileSync } from "node:fs";
import { type Due, readDue } from "#shared/recurrence/due.ts";
import { parseRule } from "#shared/recurrence/parse.ts";
import { type Anchor, newRecurrence, type Recurrence } from "#shared/recurrence/recurrence.ts";
import type { Rule } from "#shared/recurrence/rule.ts";
import { isoDate, parseIsoDate } from "#shared/time/calendar.ts";
import { parseClockTime } from "#shared/time/minute.ts";
import type { UserDay } from "#shared/time/user-day.ts";

export function readVectors<T>(file: string): T {
  const url = new URL(`../../../crates/taskward-recurrence/tests/vectors/${file}`, import.meta.url);
  return JSON.parse(readFileSync(url, "utf8"));
}

function existing<T>(value: T | null, text: string): T {
  if (value === null) throw new Error(`${text} does not exist`);
  return value;
}

export function date(text: string): number {
  return existing(parseIsoDate(text), text);
}

export function minute(text: string): number {
  return existing(parseClockTime(text), text);
}

export function instant(text: string): number {
  return Date.parse(text);
}

/** `2026-01-05`, `2026-01-05 09:00` or `2026-01-05 09:00 Europe/Berlin`. */
export function due(text: string): Due {
  const [day = "", time = null, zone = null] = text.split(" ");
  return existing(readDue({ date: day, time, zone }), text);
}

export function userDay(zone: string, startsAt: string): UserDay {
  return { zone, startsAt: minute(startsAt) };
}

export function rule(text: string): Rule {
  return parseRule(text, due("2026-01-05"), "UTC");
}

export function recurrence(ruleText: string, anchor: Anchor, start: string): Recurrence {
  return newRecurrence(rule(ruleText), anchor, due(start));
}

export function take<T>(items: Iterable<T>, count: number): T[] {
  const taken: T[] = [];
  for (const item of items) {
    if (taken.length === count) break;
    taken.push(item);
  }
  return taken;
}

export function datesOf(dues: Iterable<Due>, count: number): string[] {
  return take(dues, count).map((due) => isoDate(due.date));
}
