/**
 * The vectors that the server's engine is tested with too: those of other programs, and those that the server's engine
 * generated.
 */
import { describe, expect, test } from "vitest";
import { dueInstant, readDue, type WrittenDue, writeDue } from "#shared/recurrence/due.ts";
import { occurrenceId } from "#shared/recurrence/ids.ts";
import { parseRule } from "#shared/recurrence/parse.ts";
import { type Anchor, newRecurrence, nextDue, successor, upcoming } from "#shared/recurrence/recurrence.ts";
import { ruleText } from "#shared/recurrence/rule.ts";
import { RuleError } from "#shared/recurrence/rule-error.ts";
import { date, datesOf, due, instant, readVectors, userDay } from "./setup.ts";

interface Case {
  readonly id: string;
  readonly rule: string;
  readonly canonical?: string;
  readonly anchor: Anchor;
  readonly start: Partial<WrittenDue> & { date: string };
  readonly user_zone: string;
  readonly day_starts_at?: string;
  readonly occurrence: string;
  readonly index: number;
  readonly completed_at: string;
  readonly next: (Partial<WrittenDue> & { date: string }) | null;
  readonly next_at: string | null;
  readonly then: readonly string[];
}

interface RuleCase {
  readonly rule: string;
  readonly canonical?: string;
  readonly code?: string;
  readonly detail?: string;
}

interface Generated {
  readonly cases: readonly Case[];
  readonly rules: readonly RuleCase[];
  readonly ids: readonly { readonly base: string; readonly number: number; readonly id: string }[];
}

const written: { readonly cases: readonly Case[] } = readVectors("recurrence.json");
const generated: Generated = readVectors("generated.json");

interface Answer {
  readonly canonical: string;
  readonly next: WrittenDue | null;
  readonly nextAt: number | null;
  readonly later: readonly string[];
}

function fullDue(written: Partial<WrittenDue> & { date: string }): WrittenDue {
  return { time: null, zone: null, ...written };
}

function answer(given: Case): Answer {
  const user = userDay(given.user_zone, given.day_starts_at ?? "00:00");
  const start = readDue(fullDue(given.start));
  if (start === null) throw new Error(`${given.id} has a start that does not exist`);
  const rule = parseRule(given.rule, start, user.zone);
  const present = {
    ...newRecurrence(rule, given.anchor, start),
    occurrence: date(given.occurrence),
    index: given.index,
  };
  const canonical = ruleText(rule);
  const next = nextDue(present, instant(given.completed_at), user);
  if (next === null) return { canonical, next, nextAt: null, later: [] };
  const [, ...later] = datesOf(upcoming(successor(present, next, given.index + 1)), 5);
  return { canonical, next: writeDue(next), nextAt: dueInstant(next, user.zone), later };
}

test("the vectors are complete", () => {
  expect(written.cases).toHaveLength(371);
  expect(generated.cases.length).toBeGreaterThanOrEqual(600);
  expect(generated.rules.length).toBeGreaterThanOrEqual(400);
  expect(generated.ids.length).toBeGreaterThanOrEqual(40);
});

describe.each([
  ["written", written.cases],
  ["generated", generated.cases],
] as const)("%s next occurrences", (_, cases) => {
  test.each(cases)("$id $rule", (given) => {
    expect(answer(given)).toEqual({
      canonical: given.canonical ?? expect.any(String),
      next: given.next === null ? null : fullDue(given.next),
      nextAt: given.next_at === null ? null : instant(given.next_at),
      later: given.then,
    });
  });
});

describe("generated rules", () => {
  function parsed(text: string): RuleCase {
    try {
      return { rule: text, canonical: ruleText(parseRule(text, due("2026-01-05"), "UTC")) };
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      return { rule: text, code: error.code, detail: error.message };
    }
  }

  test.each(generated.rules)("$rule", (given) => {
    expect(parsed(given.rule)).toEqual(given);
  });
});

test.each(generated.ids)("id $number of $base", ({ base, number, id }) => {
  expect(occurrenceId(base, number)).toBe(id);
});
