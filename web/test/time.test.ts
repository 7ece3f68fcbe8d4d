/** Dates, minutes, zones and days of a user. */
import { describe, expect, test } from "vitest";
import {
  addDays,
  addMonths,
  basicDate,
  civil,
  FIRST_DAY,
  isoDate,
  LAST_DAY,
  parseIsoDate,
  weekday,
} from "#shared/time/calendar.ts";
import { clockTime, parseClockTime } from "#shared/time/minute.ts";
import { dateAt } from "#shared/time/user-day.ts";
import { instantOf, localTime } from "#shared/time/zone.ts";

const DAY = 86_400_000;

test("dates are those of the Gregorian calendar", () => {
  const dates = Array.from({ length: Math.ceil((LAST_DAY - FIRST_DAY) / 97) }, (_, index) => FIRST_DAY + index * 97);
  const wrong = dates.filter((date) => {
    const at = new Date(date * DAY);
    const { year, month, day } = civil(date);
    const isCivil = year === at.getUTCFullYear() && month === at.getUTCMonth() + 1 && day === at.getUTCDate();
    const isText = isoDate(date) === at.toISOString().slice(0, 10) && parseIsoDate(isoDate(date)) === date;
    return !(isCivil && isText && weekday(date) % 7 === at.getUTCDay());
  });
  expect(wrong).toEqual([]);
  expect([isoDate(FIRST_DAY), isoDate(LAST_DAY)]).toEqual(["0001-01-01", "9999-12-31"]);
  expect(basicDate(FIRST_DAY)).toBe("00010101");
});

test.each(["2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "0000-12-31", "2026-1-1", "20260101", "", "x"])(
  "%j is not a date",
  (text) => {
    expect(parseIsoDate(text)).toBeNull();
  },
);

test("months end on their last day, and years with 9999", () => {
  const added = (from: string, months: number) => {
    const sum = addMonths(parseIsoDate(from) ?? Number.NaN, months);
    return sum === null ? null : isoDate(sum);
  };
  expect(added("2026-01-31", 1)).toBe("2026-02-28");
  expect(added("2028-02-29", 12)).toBe("2029-02-28");
  expect(added("2026-12-31", 2)).toBe("2027-02-28");
  expect(added("2026-01-31", -2)).toBe("2025-11-30");
  expect(added("9999-12-01", 1)).toBeNull();
  expect(added("0001-01-01", -1)).toBeNull();
  expect([addDays(LAST_DAY, 1), addDays(LAST_DAY, 0), addDays(FIRST_DAY, -1)]).toEqual([null, LAST_DAY, null]);
});

test("times of day have two digits for hours and minutes", () => {
  expect([clockTime(0), clockTime(1439), parseClockTime("00:00"), parseClockTime("23:59")]).toEqual([
    "00:00",
    "23:59",
    0,
    1439,
  ]);
  for (const text of ["24:00", "9:00", "09:60", "09:00:00", "0900", ""]) expect(parseClockTime(text)).toBeNull();
});

describe("the instant of a local time", () => {
  test.each([
    ["in a gap", "2026-03-08 02:30 America/New_York", "2026-03-08T07:30:00.000Z"],
    ["before a gap", "2026-03-08 01:59 America/New_York", "2026-03-08T06:59:00.000Z"],
    ["behind a gap", "2026-03-08 03:00 America/New_York", "2026-03-08T07:00:00.000Z"],
    ["twice", "2026-11-01 01:30 America/New_York", "2026-11-01T05:30:00.000Z"],
    ["after both", "2026-11-01 02:00 America/New_York", "2026-11-01T07:00:00.000Z"],
    ["in a gap of half an hour", "2026-10-04 02:10 Australia/Lord_Howe", "2026-10-03T15:40:00.000Z"],
    ["twice within half an hour", "2026-04-05 01:45 Australia/Lord_Howe", "2026-04-04T14:45:00.000Z"],
    ["at a midnight that does not exist", "2018-11-04 00:00 America/Sao_Paulo", "2018-11-04T03:00:00.000Z"],
    ["on a date that does not exist", "2011-12-30 09:00 Pacific/Apia", "2011-12-30T19:00:00.000Z"],
    ["far from UTC", "2026-01-01 00:00 Pacific/Kiritimati", "2025-12-31T10:00:00.000Z"],
    ["in the first year", "0001-01-01 00:00 UTC", "0001-01-01T00:00:00.000Z"],
    ["at the end", "9999-12-30 12:00 UTC", "9999-12-30T12:00:00.000Z"],
  ])("%s: %s", (_, text, expected) => {
    const [date = "", time = "", zone = ""] = text.split(" ");
    const instant = instantOf(parseIsoDate(date) ?? Number.NaN, parseClockTime(time) ?? Number.NaN, zone);
    expect(instant === null ? null : new Date(instant).toISOString()).toBe(expected);
  });

  test("is none in the last hours of the year 9999", () => {
    expect(instantOf(LAST_DAY, 23 * 60, "UTC")).toBeNull();
    expect(localTime(Number.NaN, "UTC")).toBeNull();
    expect(localTime(253_402_207_201_000, "UTC")).toBeNull();
  });

  test.each(["Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Africa/Casablanca"])(
    "is that which shows it, on every day of ten years in %s",
    (zone) => {
      const instants = Array.from({ length: 3660 * 4 }, (_, index) => Date.UTC(2010, 0, 1) + index * 6 * 3_600_000);
      const wrong = instants.filter((instant) => {
        const local = localTime(instant, zone);
        const found = local === null ? Number.NaN : instantOf(local.date, local.minute, zone);
        // Where the local time exists twice, it is the earlier one, of an hour before.
        return found !== instant && found !== instant - 3_600_000;
      });
      expect(wrong).toEqual([]);
    },
  );
});

test("the user's day begins when the user says, in civil time", () => {
  const at = (instant: string, zone: string, startsAt: number) =>
    isoDate(dateAt(Date.parse(instant), { zone, startsAt }) ?? Number.NaN);
  expect(at("2026-06-10T01:59:59Z", "Europe/Berlin", 240)).toBe("2026-06-09");
  expect(at("2026-06-10T02:00:00Z", "Europe/Berlin", 240)).toBe("2026-06-10");
  // The night when the clocks go forward: the day begins at 04:00 CEST and not five hours after midnight.
  expect(at("2026-03-29T01:59:00Z", "Europe/Berlin", 240)).toBe("2026-03-28");
  expect(at("2026-03-29T02:00:00Z", "Europe/Berlin", 240)).toBe("2026-03-29");
  expect(at("2026-06-09T10:00:00Z", "Pacific/Kiritimati", 0)).toBe("2026-06-10");
});

test("a zone that is not known counts as UTC", () => {
  expect(localTime(Date.UTC(2026, 5, 9, 10, 30, 15), "Europe/Atlantis")).toEqual({
    date: Date.UTC(2026, 5, 9) / DAY,
    minute: 630,
    second: 15,
  });
});
