/**
 * The terms by which a text is indexed, and those that a search looks up.
 *
 * A text is found by its words, by beginnings of its words, and in scripts without spaces by its parts. Each term of such a
 * search is the beginning of a term of the text. The server's `search/terms.rs` gives the same terms.
 */
import { fold, isAscii } from "./fold.ts";

/** How many units a term of a script without spaces has. With two, 東京都 would find 京都と東京. */
const WINDOW = 3;

/**
 * Each word, and for each unit of a run without spaces the window that begins with it. At the end of the run the windows are
 * shorter.
 */
export function termsOfText(text: string): string[] {
  return terms(text, (units) => units);
}

/**
 * Each word, and of each run without spaces the windows of full length, or the run if it is shorter. The last window may
 * end inside a unit of the text.
 */
export function termsOfSearch(text: string): string[] {
  return terms(text, (units) => Math.max(units - WINDOW + 1, 1));
}

/** @param windows how many windows of a run become terms, given the number of its units */
function terms(text: string, windows: (units: number) => number): string[] {
  const folded = fold(text);
  if (isAscii(folded)) return folded.match(/[a-z0-9]+/g) ?? [];
  return runs(folded).flatMap((units) =>
    Array.from({ length: windows(units.length) }, (_, first) => units.slice(first, first + WINDOW).join("")),
  );
}

/**
 * The longest sequences of letters, digits and their marks that are all of scripts with or all of scripts without spaces,
 * as units. A unit is a letter or digit with the marks that follow it, so that a letter is found with any marks, and marks
 * are not found under another letter. A word is one unit.
 */
function runs(text: string): string[][] {
  return [...text.matchAll(RUN)].map(({ 0: run, groups }) =>
    groups?.["unspaced"] === undefined ? [run] : (run.match(UNIT) ?? []),
  );
}

const LETTER = String.raw`(?!\p{M})[\p{Alphabetic}\p{N}]`;

/** Of scripts that are written without spaces between words, or a Japanese sign such as ー and 〆. */
const UNSPACED = String.raw`(?:[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}\p{sc=Tai_Le}\p{sc=New_Tai_Lue}\p{sc=Tai_Tham}\p{sc=Tai_Viet}\p{sc=Javanese}\p{sc=Balinese}]|(?=\p{sc=Common})[\p{scx=Han}\p{scx=Katakana}])`;

const UNIT = new RegExp(String.raw`${LETTER}\p{M}*`, "gu");

const RUN = new RegExp(
  String.raw`(?<unspaced>(?:(?=${UNSPACED})${LETTER}\p{M}*)+)|(?:(?!${UNSPACED})${LETTER}\p{M}*)+`,
  "gu",
);
