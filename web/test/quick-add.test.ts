/**
 * The vectors that the server's parser is tested with too.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Names } from "#shared/quick-add/names.ts";
import { parse } from "#shared/quick-add/parse.ts";
import { localMinute } from "#shared/quick-add/zone.ts";

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

/** The instant of a local time; of two instants the earlier one, in a gap the one behind it. */
function instantOf(local: string, zone: string): number {
  const asUtc = Date.parse(`${local}Z`);
  const offsetAt = (instant: number) => {
    const shown = localMinute(instant, zone);
    if (shown === null) throw new Error(`${zone} has no local time at ${instant}`);
    return shown.date * 86_400_000 + shown.minute * 60_000 - instant;
  };
  const [before, after] = [offsetAt(asUtc - 86_400_000), offsetAt(asUtc + 86_400_000)];
  const found = [asUtc - before, asUtc - after].filter((instant) => instant + offsetAt(instant) === asUtc);
  return found.length > 0 ? Math.min(...found) : asUtc - before;
}

/** The answer to a case, in the form of `expect`. */
function answer(quickAdd: Case, names: Names): unknown {
  const weekStart = { monday: 1, saturday: 6, sunday: 7 }[quickAdd.week_start] ?? Number.NaN;
  const now = instantOf(quickAdd.now, quickAdd.zone);
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
