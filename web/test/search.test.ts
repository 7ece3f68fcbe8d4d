/**
 * The vectors that the server's search is tested with too.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { foldName, indexTerms, matchesSearch, searchTerms } from "#shared/search/search.ts";

interface VectorFile {
  readonly cases: { readonly search: string; readonly text: string; readonly finds: boolean }[];
  readonly terms: { readonly text: string; readonly index: string[]; readonly search: string[] }[];
  readonly names: { readonly one: string; readonly other: string; readonly same: boolean }[];
}

const CRATE = new URL("../../crates/taskward-domain/", import.meta.url);

function read(path: string): string {
  return readFileSync(new URL(path, CRATE), "utf8");
}

const file: VectorFile = JSON.parse(read("tests/vectors/search.json"));

test("the vectors are complete", () => {
  expect(file.cases.length).toBeGreaterThanOrEqual(150);
});

test.each(file.cases)("$search finds $text: $finds", ({ search, text, finds }) => {
  expect(matchesSearch(searchTerms(search), indexTerms(text, null))).toBe(finds);
  expect(matchesSearch(searchTerms(search), indexTerms("Another", text))).toBe(finds);
});

test.each(file.terms)("the terms of $text", ({ text, index, search }) => {
  expect(indexTerms(text, null)).toEqual(index.toSorted());
  expect(searchTerms(text)).toEqual(search.toSorted());
});

test.each(file.names)("the names $one and $other are the same: $same", ({ one, other, same }) => {
  expect(foldName(one) === foldName(other)).toBe(same);
});

test("the texts of all vectors are found by themselves, by their words and by parts of runs without spaces", () => {
  for (const { text } of file.cases) {
    const index = indexTerms(text, null);
    const runs = text.match(/[\p{sc=Han}\p{sc=Hiragana}]{2,}/gu) ?? [];
    const parts = runs.flatMap((run) =>
      Array.from(run, (_, start) =>
        Array.from(run)
          .slice(start, start + 5)
          .join(""),
      ),
    );
    for (const search of [text, ...text.split(" "), ...parts].map(searchTerms)) {
      if (search.length > 0) expect(matchesSearch(search, index), `${search} in ${index}`).toBe(true);
    }
  }
});

test("folding a folded text changes nothing", () => {
  for (let point = 0; point <= 0x1ffff; point += 1) {
    const once = foldName(`か${String.fromCodePoint(point)}`);
    if (foldName(once) !== once) expect.fail(`U+${point.toString(16)} is folded to ${once}`);
  }
});

test("the letters are those of the server", () => {
  const ours = readFileSync(new URL("../src/shared/search/letters.txt", import.meta.url), "utf8");
  expect(ours).toBe(read("data/letters.txt"));
});
