/** Which rules are taken, their canonical text, and how others are refused. */
import { describe, expect, test } from "vitest";
import { MAX_RULE_BYTES, parseRule, parseStoredRule } from "#shared/recurrence/parse.ts";
import { ruleText } from "#shared/recurrence/rule.ts";
import { RuleError } from "#shared/recurrence/rule-error.ts";
import { due, rule } from "./setup.ts";

test.each([
  ["freq=daily", "FREQ=DAILY"],
  ["INTERVAL=1;WKST=MO;FREQ=WEEKLY", "FREQ=WEEKLY"],
  ["INTERVAL=002;FREQ=DAILY;COUNT=010", "FREQ=DAILY;INTERVAL=2;COUNT=10"],
  ["FREQ=MONTHLY;BYMONTHDAY=-2,15,+1,-1,15,01", "FREQ=MONTHLY;BYMONTHDAY=1,15,-1,-2"],
  ["BYDAY=-1FR,su,2mo,MO,+1WE,1TU,-2SU;FREQ=MONTHLY", "FREQ=MONTHLY;BYDAY=MO,SU,1TU,1WE,2MO,-1FR,-2SU"],
  ["FREQ=WEEKLY;WKST=su;BYDAY=SA,MO,SA", "FREQ=WEEKLY;BYDAY=MO,SA;WKST=SU"],
  ["WKST=SU;UNTIL=20261231;BYMONTH=12,01,6;FREQ=DAILY", "FREQ=DAILY;BYMONTH=1,6,12;UNTIL=20261231;WKST=SU"],
  ["FREQ=DAILY;RSCALE=gregorian", "FREQ=DAILY"],
  ["FREQ=WEEKLY;RSCALE=GREGORIAN;SKIP=OMIT", "FREQ=WEEKLY"],
  [
    "SKIP=BACKWARD;RSCALE=GREGORIAN;BYMONTHDAY=31,31;FREQ=YEARLY;BYMONTH=2",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31;RSCALE=GREGORIAN;SKIP=BACKWARD",
  ],
  [
    "FREQ=YEARLY;BYSETPOS=-1,31,1,-31;BYMONTHDAY=13;BYDAY=FR;BYMONTH=1,2;INTERVAL=999;COUNT=9999",
    "FREQ=YEARLY;INTERVAL=999;BYMONTH=1,2;BYMONTHDAY=13;BYDAY=FR;BYSETPOS=1,31,-1,-31;COUNT=9999",
  ],
])("the canonical text of %s", (text, canonical) => {
  expect(ruleText(rule(text))).toBe(canonical);
  expect(parseStoredRule(canonical)).toEqual(rule(text));
});

function refusal(parse: () => unknown): RuleError {
  try {
    parse();
  } catch (error) {
    if (error instanceof RuleError) return error;
    throw error;
  }
  throw new Error("the rule is not refused");
}

const UNSUPPORTED: readonly (readonly [text: string, found: string])[] = [
  ["FREQ=HOURLY", "HOURLY"],
  ["FREQ=minutely", "minutely"],
  ["FREQ=SECONDLY", "SECONDLY"],
  ["FREQ=DAILY;BYHOUR=9", "BYHOUR"],
  ["FREQ=YEARLY;BYWEEKNO=20", "BYWEEKNO"],
  ["FREQ=YEARLY;BYYEARDAY=100", "BYYEARDAY"],
  ["FREQ=DAILY;X-OWN=1", "X-OWN"],
  ["FREQ=DAILY;constructor=1", "constructor"],
  ["FREQ=MONTHLY;RSCALE=HEBREW", "HEBREW"],
  ["FREQ=MONTHLY;RSCALE=GREGORIAN;SKIP=FORWARD", "FORWARD"],
  ["FREQ=DAILY;UNTIL=20261231T090000", "local time"],
  ["FREQ=DAILY;COUNT=3;UNTIL=20261231", "COUNT"],
  ["FREQ=DAILY;BYMONTHDAY=1", "BYMONTHDAY"],
  ["FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY"],
  ["FREQ=DAILY;BYDAY=1MO", "ordinal"],
  ["FREQ=WEEKLY;BYDAY=-1MO", "ordinal"],
  ["FREQ=YEARLY;BYMONTHDAY=1", "BYMONTH"],
  ["FREQ=YEARLY;BYDAY=1MO", "BYMONTH"],
  ["FREQ=WEEKLY;BYDAY=MO;BYSETPOS=1", "BYSETPOS"],
  ["FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS"],
  ["FREQ=YEARLY;BYMONTH=1;BYSETPOS=1", "BYSETPOS"],
  ["FREQ=MONTHLY;SKIP=BACKWARD", "RSCALE"],
  ["FREQ=WEEKLY;RSCALE=GREGORIAN;SKIP=BACKWARD", "SKIP"],
  ["FREQ=MONTHLY;BYMONTHDAY=30,31;RSCALE=GREGORIAN;SKIP=BACKWARD", "BYMONTHDAY"],
  ["FREQ=MONTHLY;BYDAY=MO;RSCALE=GREGORIAN;SKIP=BACKWARD", "BYDAY"],
  ["FREQ=MONTHLY;BYMONTHDAY=31;BYSETPOS=1;RSCALE=GREGORIAN;SKIP=BACKWARD", "BYSETPOS"],
];

const INVALID: readonly (readonly [text: string, found: string])[] = [
  ["", '""'],
  ["INTERVAL=2", "no FREQ"],
  ["FREQ", '"FREQ"'],
  ["FREQ=DAILY;", '""'],
  ["FREQ=DAILY;;COUNT=1", '""'],
  ["RRULE:FREQ=DAILY", "RRULE:FREQ"],
  ["FREQ =DAILY", "FREQ "],
  ["FREQ=DAILY\r\n", "DAILY\\r\\n"],
  ["=DAILY", '""'],
  ["FREQ=FORTNIGHTLY", "FORTNIGHTLY"],
  ["FREQ=DAILY=", "DAILY="],
  ["FREQ=DAILY,WEEKLY", "DAILY,WEEKLY"],
  ["every day", "every day"],
  ["FREQ=DAILY\u0000\u007f", "DAILY\\u0000\\u{7f}"],
  ["FREQ=DAıLY", "DAıLY"],
  ["FREQ=DAILY;ıNTERVAL=2", "ıNTERVAL"],
  ["FREQ=WEEKLY;BYDAY=ſU", "ſU"],
  ["FREQ=DAILY;COUNT=", '""'],
  ["FREQ=DAILY;COUNT=3.5", "3.5"],
  ["FREQ=DAILY;COUNT=+3", "+3"],
  ["FREQ=DAILY;COUNT=1e3", "1e3"],
  ["FREQ=DAILY;COUNT=٣", "٣"],
  ["FREQ=WEEKLY;BYDAY=", '""'],
  ["FREQ=WEEKLY;BYDAY=MO,", '""'],
  ["FREQ=WEEKLY;BYDAY=MON", "MON"],
  ["FREQ=WEEKLY;BYDAY=M", '"M"'],
  ["FREQ=MONTHLY;BYDAY=--1MO", "--1MO"],
  ["FREQ=MONTHLY;BYDAY=-MO", "-MO"],
  ["FREQ=MONTHLY;BYMONTHDAY=1,,2", '""'],
  ["FREQ=MONTHLY;BYMONTHDAY=+-1", "+-1"],
  ["FREQ=MONTHLY;BYMONTHDAY=001", "001"],
  ["FREQ=WEEKLY;WKST=1", '"1"'],
  ["FREQ=DAILY;UNTIL=2026-12-31", "2026-12-31"],
  ["FREQ=DAILY;UNTIL=20261231Z", "20261231Z"],
  ["FREQ=DAILY;UNTIL=20261231T0900Z", "20261231T0900Z"],
  ["FREQ=DAILY;UNTIL=20261231T250000Z", "20261231T250000Z"],
  ["FREQ=DAILY;UNTIL=20260230", "20260230"],
  ["FREQ=DAILY;RSCALE=", '""'],
  ["FREQ=MONTHLY;SKIP=SIDEWAYS;RSCALE=GREGORIAN", "SIDEWAYS"],
  ["FREQ=DAILY;INTERVAL=0", 'INTERVAL has "0"'],
  ["FREQ=DAILY;INTERVAL=1000", "999"],
  ["FREQ=DAILY;INTERVAL=-1", "-1"],
  ["FREQ=DAILY;COUNT=10000", "9999"],
  ["FREQ=DAILY;COUNT=99999999999999999999", "9999"],
  ["FREQ=DAILY;BYMONTH=13", "12"],
  ["FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY"],
  ["FREQ=MONTHLY;BYMONTHDAY=-32", "-32"],
  ["FREQ=MONTHLY;BYDAY=0MO", "0MO"],
  ["FREQ=MONTHLY;BYDAY=-6MO", "-6MO"],
  ["FREQ=MONTHLY;BYDAY=MO;BYSETPOS=366", "366"],
  ["FREQ=DAILY;FREQ=DAILY", "FREQ is there twice"],
  ["FREQ=WEEKLY;byday=MO;BYDAY=TU", "BYDAY is there twice"],
];

describe.each([
  ["unsupported_rule", UNSUPPORTED],
  ["invalid_rule", INVALID],
] as const)("%s", (code, cases) => {
  test.each(cases)("%j", (text, found) => {
    const error = refusal(() => rule(text));
    expect(error.code).toBe(code);
    expect(error.message).toContain(found);
    expect(error.message).toContain("expected");
  });
});

test("the length is counted in bytes of UTF-8", () => {
  const longest = `FREQ=MONTHLY;BYMONTHDAY=1${",1".repeat((MAX_RULE_BYTES - 25) / 2)}`;
  expect(longest).toHaveLength(MAX_RULE_BYTES - 1);
  expect(ruleText(rule(longest))).toBe("FREQ=MONTHLY;BYMONTHDAY=1");
  expect(refusal(() => rule(`${longest},1`)).message).toContain("501 bytes");
  expect(refusal(() => rule("é".repeat(251))).message).toContain("502 bytes");
});

test.each([
  // All day: the local date.
  ["20261231T120000Z", "2026-01-05", "UTC", "20261231"],
  ["20261231T233000Z", "2026-01-05", "Europe/Berlin", "20270101"],
  ["20261231T030000Z", "2026-01-05", "America/New_York", "20261230"],
  // With a time: the day before, if the occurrence of that day is later.
  ["20261231T080000Z", "2026-01-05 09:00", "Europe/Berlin", "20261231"],
  ["20261231T075959Z", "2026-01-05 09:00", "Europe/Berlin", "20261230"],
  // The zone of the start is that of the user only where it has none.
  ["20261231T080000Z", "2026-01-05 09:00 America/New_York", "Europe/Berlin", "20261230"],
  ["20261231T140000Z", "2026-01-05 09:00 America/New_York", "Europe/Berlin", "20261231"],
  // Leap seconds, and what other programs write for "for ever".
  ["20261231T235960Z", "2026-01-05", "UTC", "20261231"],
  ["20261231T235960z", "2026-01-05", "UTC", "20261231"],
  ["99991231T235959Z", "2026-01-05", "Pacific/Kiritimati", "99991231"],
  ["99991231T235959Z", "2026-01-05", "America/New_York", "99991231"],
  // The first year that the canonical text can hold.
  ["00000101T000000Z", "2026-01-05", "America/New_York", "00000101"],
  ["00000101T000000Z", "2026-01-05 09:00", "UTC", "00000101"],
])("the last date of UNTIL=%s for a start of %s and a user in %s is %s", (until, start, userZone, date) => {
  const text = `FREQ=DAILY;UNTIL=${until}`;
  expect(ruleText(parseRule(text, due(start), userZone))).toBe(`FREQ=DAILY;UNTIL=${date}`);
  expect(refusal(() => parseStoredRule(text)).code).toBe("invalid_rule");
});

test("an UNTIL without a time is taken as it is", () => {
  const text = "FREQ=DAILY;UNTIL=20261231";
  expect(ruleText(parseRule(text, due("2026-01-05 23:00"), "Pacific/Kiritimati"))).toBe(text);
});
