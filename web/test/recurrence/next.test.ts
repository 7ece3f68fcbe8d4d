/** The next occurrence, where a series ends, what the next one carries on, and the ids of occurrences. */
import { describe, expect, test } from "vitest";
import { type Due, dueInstant } from "#shared/recurrence/due.ts";
import { occurrenceId } from "#shared/recurrence/ids.ts";
import {
  type Anchor,
  moveDate,
  newRecurrence,
  nextDue,
  type Recurrence,
  successor,
  upcoming,
} from "#shared/recurrence/recurrence.ts";
import { Series } from "#shared/recurrence/series.ts";
import { isoDate, LAST_DAY } from "#shared/time/calendar.ts";
import { date, datesOf, due, instant, recurrence, rule, take, userDay } from "./setup.ts";

/** The date of the next occurrence for a user in Berlin. */
function next(present: Recurrence, completedAt: string, startsAt = "00:00"): string | null {
  const due = nextDue(present, instant(completedAt), userDay("Europe/Berlin", startsAt));
  return due === null ? null : isoDate(due.date);
}

describe("the table of the specification", () => {
  test("late completions give one occurrence that can still be done", () => {
    const allDay = recurrence("FREQ=DAILY", "schedule", "2026-06-01");
    expect(next(allDay, "2026-06-03T10:00:00Z")).toBe("2026-06-04");
    const timed = recurrence("FREQ=DAILY", "schedule", "2026-06-01 09:00");
    expect(next(timed, "2026-06-03T06:00:00Z")).toBe("2026-06-03");
    expect(next(timed, "2026-06-03T07:00:00Z")).toBe("2026-06-04");
  });

  test("a completion after midnight counts as the user says", () => {
    const timed = recurrence("FREQ=DAILY", "schedule", "2026-06-09 23:00");
    const allDay = recurrence("FREQ=DAILY", "schedule", "2026-06-09");
    const halfPastMidnight = "2026-06-09T22:30:00Z";
    expect(next(timed, halfPastMidnight)).toBe("2026-06-10");
    expect(next(allDay, halfPastMidnight)).toBe("2026-06-11");
    expect(next(allDay, halfPastMidnight, "04:00")).toBe("2026-06-10");
  });

  test("an early completion is that of the present occurrence", () => {
    expect(next(recurrence("FREQ=WEEKLY", "schedule", "2026-06-05"), "2026-06-03T10:00:00Z")).toBe("2026-06-12");
  });

  test("an occurrence that was moved past the next is not due twice", () => {
    const weekly = recurrence("FREQ=WEEKLY;BYDAY=MO", "schedule", "2026-01-05");
    expect(next(weekly, "2026-01-14T10:00:00Z")).toBe("2026-01-19");
  });

  test("months after a completion end on their last day", () => {
    const quarterly = recurrence("FREQ=MONTHLY;INTERVAL=3", "completion", "2026-11-29");
    expect(next(quarterly, "2026-11-29T10:00:00Z")).toBe("2027-02-28");
    const yearly = recurrence("FREQ=YEARLY", "completion", "2028-02-29");
    expect(next(yearly, "2028-02-29T10:00:00Z")).toBe("2029-02-28");
    // BYMONTH makes it a rule on dates: a month without the day of the completion has none.
    const inMonths = recurrence("FREQ=MONTHLY;BYMONTH=2,4,5", "completion", "2026-01-31");
    expect(next(inMonths, "2026-01-31T10:00:00Z")).toBe("2026-05-31");
  });

  test("a gap shifts an instant and never the series", () => {
    const daily = recurrence("FREQ=DAILY", "schedule", "2026-03-07 02:30 America/New_York");
    const user = userDay("UTC", "00:00");
    const inGap = nextDue(daily, instant("2026-03-07T12:00:00Z"), user);
    expect(inGap).toEqual(due("2026-03-08 02:30 America/New_York"));
    expect(dueInstant(inGap as Due, "UTC")).toBe(instant("2026-03-08T07:30:00Z"));
    const after = nextDue(successor(daily, inGap as Due, 2), instant("2026-03-08T07:30:00Z"), user);
    expect(after).toEqual(due("2026-03-09 02:30 America/New_York"));
    expect(dueInstant(after as Due, "UTC")).toBe(instant("2026-03-09T06:30:00Z"));
  });
});

test("a date that a zone left out is due with the next one", () => {
  // Samoa had no 30 December 2011.
  const daily = recurrence("FREQ=DAILY", "schedule", "2011-12-29 09:00 Pacific/Apia");
  expect(next(daily, "2011-12-30T18:59:59Z")).toBe("2011-12-30");
  expect(next(daily, "2011-12-30T19:00:00Z")).toBe("2012-01-01");
});

test("COUNT is of the schedule or of the completions", () => {
  const schedule = recurrence("FREQ=DAILY;COUNT=3", "schedule", "2026-01-05");
  expect(next({ ...schedule, occurrence: date("2026-01-07") }, "2026-01-07T10:00:00Z")).toBeNull();
  const second = { ...schedule, occurrence: date("2026-01-06"), index: 900 };
  expect(next(second, "2026-01-06T10:00:00Z")).toBe("2026-01-07");
  const completion = recurrence("FREQ=DAILY;COUNT=3", "completion", "2026-01-05");
  expect(next({ ...completion, index: 2 }, "2026-04-01T10:00:00Z")).toBe("2026-04-02");
  expect(next({ ...completion, index: 3 }, "2026-04-01T10:00:00Z")).toBeNull();
});

test.each([
  ["schedule", "FREQ=DAILY;UNTIL=20260107"],
  ["completion", "FREQ=MONTHLY;UNTIL=20260206"],
] as const)("UNTIL is the last date that counts for anchor %s", (anchor, ruleText) => {
  const present = recurrence(ruleText, anchor, "2026-01-05");
  expect(next(present, "2026-01-06T10:00:00Z")).not.toBeNull();
  expect(next(present, "2026-01-07T10:00:00Z")).toBeNull();
});

test.each([
  "FREQ=MONTHLY;BYMONTHDAY=30;BYMONTH=2",
  "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30,31",
  "FREQ=YEARLY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12;BYDAY=5MO;BYMONTHDAY=1",
  "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6",
  "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
  "FREQ=WEEKLY;INTERVAL=2;UNTIL=20260104",
  "FREQ=MONTHLY;INTERVAL=12;BYMONTH=2",
  "FREQ=DAILY;UNTIL=20260104",
])("%s has no members and ends at once", (ruleText) => {
  expect(new Series(rule(ruleText), date("2026-01-05")).first()).toBeNull();
  const present = recurrence(ruleText, "schedule", "2026-01-05");
  expect(next(present, "2026-01-06T10:00:00Z")).toBeNull();
  expect([...upcoming(present)]).toEqual([due("2026-01-05")]);
});

describe.each(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])("%s in the year 9999", (frequency) => {
  test.each([1, 999])("ends, with an interval of %i", (interval) => {
    const present = rule(`FREQ=${frequency};INTERVAL=${interval}`);
    const series = new Series(present, LAST_DAY);
    expect(series.first()).toBe(LAST_DAY);
    expect(series.firstAfter(LAST_DAY)).toBeNull();
    expect(series.firstAfter(LAST_DAY - 1)).toBe(LAST_DAY);
    for (const anchor of ["schedule", "completion"] as const) {
      for (const start of ["9999-12-29", "9999-12-29 23:59 America/Los_Angeles"]) {
        const recurs = newRecurrence(present, anchor, due(start));
        expect([...upcoming(recurs)].length).toBeLessThanOrEqual(3);
        const end = nextDue(recurs, 253_402_207_200_999, userDay("Pacific/Kiritimati", "06:00"));
        expect(end?.date ?? LAST_DAY).toBeLessThanOrEqual(LAST_DAY);
      }
    }
  });
});

test("members that are decades apart are found", () => {
  const leapMondays = rule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO;INTERVAL=4");
  const series = new Series(leapMondays, date("2024-02-29"));
  expect(series.first()).toBe(date("2044-02-29"));
  expect(series.firstAfter(date("2072-02-29"))).toBe(date("2112-02-29"));
});

test("a long count is counted across leap years and sparse months", () => {
  const leapDays = new Series(rule("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=29;COUNT=9999"), date("2024-01-01"));
  // 10,000 months are 833 years: the limit holds for one search and not for the series.
  expect(leapDays.firstAfter(date("9990-01-01"))).toBe(date("9992-02-29"));
  const daily = new Series(rule("FREQ=DAILY;COUNT=9999"), date("2000-01-01"));
  expect(daily.firstAfter(date("2027-05-16"))).toBe(date("2027-05-17"));
  expect(daily.firstAfter(date("2027-05-17"))).toBeNull();
});

test("the successor keeps the schedule or starts at its due", () => {
  const present = recurrence("FREQ=WEEKLY", "schedule", "2026-01-05 09:00 Europe/Berlin");
  const nextDue = due("2026-01-12 09:00 Europe/Berlin");
  expect(successor(present, nextDue, 7)).toEqual({ ...present, occurrence: nextDue.date, index: 7 });
  const byCompletion: Recurrence = { ...present, anchor: "completion" };
  expect(successor(byCompletion, nextDue, 2)).toEqual({
    ...byCompletion,
    start: nextDue,
    occurrence: nextDue.date,
    index: 2,
  });
});

test("other dates of a task move by the same days", () => {
  const [old, moved] = [date("2026-01-31"), date("2026-02-28")];
  expect(moveDate(date("2026-01-29"), old, moved)).toBe(date("2026-02-26"));
  expect(moveDate(date("2026-02-05"), old, moved)).toBe(date("2026-03-05"));
  expect(moveDate(date("2026-02-26"), moved, old)).toBe(date("2026-01-29"));
  expect(moveDate(date("9999-12-30"), old, moved)).toBe(date("9999-12-31"));
  expect(moveDate(date("0001-01-02"), moved, old)).toBe(date("0001-01-01"));
});

describe("upcoming", () => {
  const dates = (ruleText: string, anchor: Anchor, start: string, count: number) =>
    datesOf(upcoming(recurrence(ruleText, anchor, start)), count);

  test("begins with the start and follows the rule", () => {
    const monthly = dates("FREQ=MONTHLY;RSCALE=GREGORIAN;SKIP=BACKWARD", "schedule", "2026-01-31", 4);
    expect(monthly).toEqual(["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]);
    const leapYears = dates("FREQ=YEARLY;RSCALE=GREGORIAN;SKIP=BACKWARD", "schedule", "2024-02-29", 5);
    expect(leapYears).toEqual(["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]);
    // A Tuesday that is no Monday: due once, and COUNT counts the Mondays.
    const mondays = dates("FREQ=WEEKLY;BYDAY=MO;COUNT=2", "schedule", "2026-01-06", 9);
    expect(mondays).toEqual(["2026-01-06", "2026-01-12", "2026-01-19"]);
    const byCompletion = dates("FREQ=MONTHLY;COUNT=3", "completion", "2026-01-31", 9);
    expect(byCompletion).toEqual(["2026-01-31", "2026-02-28", "2026-03-28"]);
  });

  test("keeps the time and the zone", () => {
    const timed = recurrence("FREQ=DAILY", "schedule", "2026-03-07 02:30 America/New_York");
    expect(take(upcoming(timed), 2)[1]).toEqual(due("2026-03-08 02:30 America/New_York"));
  });
});

describe("ids of occurrences", () => {
  const base = "0198f5d0-7c3a-7b21-9e4f-3a5b6c7d8e9f";

  test.each([
    [1, base],
    [2, "0198f5d0-7c3a-7b21-b037-a431cdc4eb6b"],
    [3, "0198f5d0-7c3a-7b21-988b-6743ec74cbd0"],
    [1000, "0198f5d0-7c3a-7b21-8aaf-91e9d3b2f2a1"],
  ])("number %i is that of the specification", (number, id) => {
    expect(occurrenceId(base, number)).toBe(id);
  });

  test("keep the time, the version and the variant, and differ", () => {
    const numbers = Array.from({ length: 2000 }, (_, index) => (index < 1900 ? index + 1 : 2 ** 32 + index));
    const ids = numbers.map((number) => occurrenceId(base, number));
    expect(new Set(ids).size).toBe(numbers.length);
    for (const id of ids) expect(id).toMatch(/^0198f5d0-7c3a-7b21-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test("keep leading zeros", () => {
    expect(occurrenceId("00000000-0001-7000-8000-000000000000", 2)).toMatch(/^00000000-0001-7000-/);
  });
});
