/**
 * Folding: texts that people take for the same become the same text.
 *
 * `fold(fold(text))` is `fold(text)`. The server's `search/fold.rs` gives the same text.
 */
import file from "./letters.txt?raw";

/** Letters without a decomposition, such as `ł`. The server has the same file. */
const LETTERS: ReadonlyMap<string, string> = new Map(
  file
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [letter = "", folded = ""] = line.split(" ");
      return [letter, folded];
    }),
);

/**
 * The name in the form by which names are compared: without regard to case, accents and width, as in a search.
 */
export function foldName(name: string): string {
  return fold(name);
}

export function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/.test(text);
}

export function fold(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  const letters = withoutAccents(text.replace(INVISIBLE, "").normalize("NFKD"));
  // Lower case alone would keep `ı` and `i` apart.
  const lower = letters.toUpperCase().toLowerCase().replaceAll("ς", "σ");
  const folded = lower.replace(/[^\0-\x7f]/gu, (letter) => LETTERS.get(letter) ?? letter);
  // Decomposed, か would be the beginning of が.
  return folded.normalize("NFC");
}

/** Among them joiners, soft hyphens, variation selectors, and the space without width that Khmer is written with. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

/** Joins Arabic letters optically, and is no letter. */
const TATWEEL = "\u0640";

const MARK = /^\p{M}$/u;

function withoutAccents(text: string): string {
  let kept = "";
  let marks: Marks = "kept";
  for (const char of text) {
    if (char === TATWEEL) continue;
    if (!MARK.test(char)) marks = marksAfter(char);
    else if (marks === "dropped" || (marks === "only hamza" && !HAMZA.test(char))) continue;
    kept += char;
  }
  return kept;
}

/**
 * Which of the marks that follow a letter are kept.
 *
 * `kept`: they belong to the letter, such as vowel signs, viramas and voiced marks. `dropped`: they are accents, or vowel
 * points that most people leave out. `only hamza`: as `dropped`, but a hamza makes another letter.
 */
type Marks = "kept" | "dropped" | "only hamza";

const HAMZA = /^[\u0653-\u0655]$/;

const ACCENTED =
  /^[\0-\x7f\u0627\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}\p{sc=Armenian}\p{sc=Georgian}\p{sc=Coptic}\p{sc=Glagolitic}\p{sc=Hebrew}\p{sc=Syriac}\p{sc=Common}]$/u;

function marksAfter(char: string): Marks {
  if (ACCENTED.test(char)) return "dropped";
  return /^\p{sc=Arabic}$/u.test(char) ? "only hamza" : "kept";
}
