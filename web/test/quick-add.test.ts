/**
 * The vectors that the server's parser is tested with too.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Names } from "#shared/quick-add/names.ts";
import { parse } from "#shared/quick-add/parse.ts";
import { parseIsoDate } from "#shared/time/calendar.ts";
import { parseClockTime } from "#shared/time/minute.ts";
import { instantOf } from "#shared/time/zone.ts";

interface Case {
  readonly id: string;
  readonly text: string;
  readonly now: string;
  readonly zone: string;
  readonly week_start: string;
  readonly expect: unknown;
}

interface VectorFile {
  readonly lists: string[];
  readonly labels: string[];
  readonly cases: Case[];
}

const CRATE = new URL("../../crates/taskward-quick-add/", import.meta.url);

function read(path: string): string {
  return readFileSync(new URL(path, CRATE), "utf8");
}

/** Stands for the folding of the search. */
function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toUpperCase().toLowerCase();
}

/** @param local such as `2026-11-25T10:00` */
function instant(local: string, zone: string): number {
  const [date = "", time = ""] = local.split("T");
  const instant = instantOf(parseIsoDate(date) ?? Number.NaN, parseClockTime(time) ?? Number.NaN, zone);
  if (instant === null) throw new Error(`${zone} has no instant for ${local}`);
  return instant;
}

/** The answer to a case, in the form of `expect`. */
function answer(quickAdd: Case, names: Names): unknown {
  const weekStart = { monday: 1, saturday: 6, sunday: 7 }[quickAdd.week_start] ?? Number.NaN;
  const now = instant(quickAdd.now, quickAdd.zone);
  const parsed = parse(quickAdd.text, now, quickAdd.zone, weekStart, names);
  if (parsed.due === null) return parsed;
  const { date, time } = parsed.due;
  return { ...parsed, due: time === null ? { date } : { date, time } };
}

describe.each(["tests/vectors/quick-add.json", "tests/vectors/generated.json"])("%s", (path) => {
  const file: VectorFile = JSON.parse(read(path));
  const names = new Names(file.lists, file.labels, fold);

  test("has all cases", () => {
    expect(file.cases.length).toBeGreaterThanOrEqual(300);
  });

  test.each(file.cases)("$id $text", (quickAdd) => {
    expect(answer(quickAdd, names)).toEqual(quickAdd.expect);
  });
});

test("the words are those of the server", () => {
  const ours = readFileSync(new URL("../src/shared/quick-add/locale/en.json", import.meta.url), "utf8");
  expect(ours).toBe(read("locale/en.json"));
});
