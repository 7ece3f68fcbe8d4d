/** Properties of any rule, start and completion. Each case is made from the seed in its name. */
import { describe, expect, test } from "vitest";
import { type Due, dueInstant } from "#shared/recurrence/due.ts";
import { parseStoredRule } from "#shared/recurrence/parse.ts";
import { type Anchor, newRecurrence, nextDue, successor, upcoming } from "#shared/recurrence/recurrence.ts";
import { ruleText } from "#shared/recurrence/rule.ts";
import { Series } from "#shared/recurrence/series.ts";
import { isoDate } from "#shared/time/calendar.ts";
import { dateAt } from "#shared/time/user-day.ts";
import { instantOf } from "#shared/time/zone.ts";
import { naiveMembers } from "./naive.ts";
import { Random, randomDate, randomRule } from "./random.ts";
import { rule, take } from "./setup.ts";

const SEEDS = Array.from({ length: 200 }, (_, index) => index + 1);
const ZONES = [
  "UTC",
  "America/New_York",
  "Europe/Berlin",
  "Australia/Lord_Howe",
  "Asia/Kolkata",
  "Pacific/Kiritimati",
  "America/Santiago",
];
const ANCHORS: readonly Anchor[] = ["schedule", "completion"];
const HORIZON = 2000;

function instantAt(date: number, minute: number, zone: string): number {
  const instant = instantOf(date, minute, zone);
  if (instant === null) throw new Error(`${isoDate(date)} has no instant`);
  return instant;
}

function aMinute(random: Random): number {
  return random.oneIn(3) ? random.pick([0, 120, 150, 1439]) : random.below(1440);
}

describe.each(SEEDS)("seed %i", (seed) => {
  test("members are those of the definition", () => {
    const random = new Random(seed);
    const [parsed, start] = [rule(randomRule(random)), randomDate(random)];
    const series = new Series(parsed, start);
    const members = naiveMembers(ruleText(parsed), start, start + HORIZON);
    const after = start + random.below(1000) - 1;
    const inHorizon = (date: number) => date <= start + HORIZON;
    expect([...take(series.membersFrom(start), 5)].filter(inHorizon)).toEqual(members.slice(0, 5));
    const later = members.filter((member) => member > after).slice(0, 5);
    expect([...take(series.membersFrom(after + 1), 5)].filter(inHorizon)).toEqual(later);
  });

  test("the next occurrence is the first later member that has not passed", () => {
    const random = new Random(seed);
    const [parsed, start, zone] = [rule(randomRule(random)), randomDate(random), random.pick(ZONES)];
    const due: Due = { date: start, time: random.oneIn(3) ? null : { minute: aMinute(random), zone: null } };
    const user = { zone, startsAt: random.between(0, 360) };
    const completedAt = instantAt(start, 720, zone) + random.between(-40_000, 400_000) * 60_000;
    const today = dateAt(completedAt, user) ?? Number.NaN;
    const hasPassed = (date: number) => {
      const instant = dueInstant({ ...due, date }, zone);
      return instant === null ? date <= today : instant <= completedAt;
    };
    const members = naiveMembers(ruleText(parsed), start, start + HORIZON);
    const expected = members.find((member) => member > start && !hasPassed(member));
    const next = nextDue(newRecurrence(parsed, "schedule", due), completedAt, user);
    if (next !== null) {
      expect(next.date).toBeGreaterThan(start);
      expect(next.time).toEqual(due.time);
    }
    expect(next === null || next.date > start + HORIZON ? undefined : next.date).toBe(expected);
  });

  test.each(ANCHORS)("dates with anchor %s do not depend on the time of day or the zone", (anchor) => {
    const random = new Random(seed);
    const [parsed, date, zone] = [rule(randomRule(random)), randomDate(random), random.pick(ZONES)];
    const user = { zone, startsAt: 0 };
    const time = { minute: aMinute(random), zone: random.oneIn(2) ? zone : null };
    let allDay = newRecurrence(parsed, anchor, { date, time: null });
    let timed = newRecurrence(parsed, anchor, { date, time });
    const preview = take(upcoming(allDay), 7).map((due) => due.date);
    for (let steps = 1; steps < 7; steps += 1) {
      // Both are completed on their date: at its time, and at noon.
      const nextTimed = nextDue(timed, instantAt(timed.occurrence, time.minute, zone), user);
      const nextAllDay = nextDue(allDay, instantAt(allDay.occurrence, 720, zone), user);
      expect(nextTimed?.date).toBe(nextAllDay?.date);
      expect(nextAllDay?.date).toBe(preview[steps]);
      if (nextTimed === null || nextAllDay === null) break;
      timed = successor(timed, nextTimed, timed.index + 1);
      allDay = successor(allDay, nextAllDay, allDay.index + 1);
    }
  });

  test("the canonical text parses to the same rule", () => {
    const text = randomRule(new Random(seed));
    const parsed = rule(text);
    const canonical = ruleText(parsed);
    expect(canonical.length).toBeLessThanOrEqual(text.length);
    expect(parseStoredRule(canonical)).toEqual(parsed);
    expect(rule(text.toLowerCase())).toEqual(parsed);
  });
});
