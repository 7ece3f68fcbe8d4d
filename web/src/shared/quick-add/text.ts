/** A text as code points, with its words in lower case and its quoted parts, each found once. */

/** A match may end before one of these, if white space or the end of the text follows. */
const CLOSING = ".,;:!?)";

export function isClosing(char: string): boolean {
  return CLOSING.includes(char);
}

export function isSpace(char: string): boolean {
  return /^\p{White_Space}$/u.test(char);
}

export function isLetter(char: string): boolean {
  return /^\p{Alphabetic}$/u.test(char);
}

export function isLetterOrNumber(char: string): boolean {
  return /^[\p{Alphabetic}\p{N}]$/u.test(char);
}

// Marks belong to letters: without them no name in Hindi would be one run.
function isInName(char: string): boolean {
  return /^[\p{Alphabetic}\p{N}\p{M}_-]$/u.test(char);
}

/** The code points without white space at both ends. */
export function trimmed(chars: readonly string[]): readonly string[] {
  return trimmedStart(trimmedEnd(chars, isSpace), isSpace);
}

export function trimmedStart(chars: readonly string[], isTrimmed: (char: string) => boolean): readonly string[] {
  const start = chars.findIndex((char) => !isTrimmed(char));
  return start < 0 ? [] : chars.slice(start);
}

export function trimmedEnd(chars: readonly string[], isTrimmed: (char: string) => boolean): readonly string[] {
  return chars.slice(0, chars.findLastIndex((char) => !isTrimmed(char)) + 1);
}

export interface Word {
  /** In lower case. */
  readonly word: string;
  readonly end: number;
}

/** A run of ASCII digits. */
export interface Digits {
  readonly value: number;
  readonly length: number;
  readonly end: number;
}

export class Text {
  readonly chars: readonly string[];
  /** The run of letters that begins at each place. */
  readonly #words: ReadonlyMap<number, Word>;
  /** For each place inside a closed pair of quotation marks, the end of the pair. */
  readonly #quotedUntil: ReadonlyMap<number, number>;

  constructor(text: string) {
    this.chars = Array.from(text);
    this.#words = words(this.chars);
    this.#quotedUntil = quotes(this.chars);
  }

  get length(): number {
    return this.chars.length;
  }

  at(place: number): string | undefined {
    return this.chars[place];
  }

  slice(start: number, end: number): string {
    return this.chars.slice(start, end).join("");
  }

  isSpace(place: number): boolean {
    const char = this.chars[place];
    return char !== undefined && isSpace(char);
  }

  /** Whether a token of the text begins here, outside quotation marks. */
  isStart(place: number): boolean {
    return (
      place < this.length &&
      !this.isSpace(place) &&
      (place === 0 || this.isSpace(place - 1)) &&
      this.quotedUntil(place) === null
    );
  }

  quotedUntil(place: number): number | null {
    return this.#quotedUntil.get(place) ?? null;
  }

  /** Whether a match may end before this place. */
  isEnd(place: number): boolean {
    const isFree = (at: number) => at >= this.length || this.isSpace(at);
    const char = this.chars[place];
    return isFree(place) || (char !== undefined && isClosing(char) && isFree(place + 1));
  }

  skipSpaces(place: number): number {
    let next = place;
    while (this.isSpace(next)) next += 1;
    return next;
  }

  /** The place behind at least one white space, unless the text ends there. */
  afterSpace(place: number): number | null {
    const next = this.skipSpaces(place);
    return next > place && next < this.length ? next : null;
  }

  /** The run of letters that begins here, in lower case, and its end. */
  word(place: number | null): Word | null {
    return place === null ? null : (this.#words.get(place) ?? null);
  }

  /** The end of the expected word, if it begins here. */
  expect(place: number | null, expected: string): number | null {
    const found = this.word(place);
    return found?.word === expected ? found.end : null;
  }

  /** The end of the expected words with white space between them, if they begin here. */
  expectAll(place: number | null, expected: readonly string[]): number | null {
    let end: number | null = null;
    for (const [index, word] of expected.entries()) {
      end = this.expect(index === 0 || end === null ? place : this.afterSpace(end), word);
      if (end === null) return null;
    }
    return end;
  }

  /** The place behind white space, the word and white space, if they follow; otherwise behind white space. */
  afterOptional(place: number, word: string): number | null {
    const next = this.afterSpace(place);
    const end = this.expect(next, word);
    return end === null ? next : this.afterSpace(end);
  }

  digits(place: number | null): Digits | null {
    if (place === null) return null;
    let end = place;
    while (/^[0-9]$/.test(this.chars[end] ?? "")) end += 1;
    return end > place ? { value: Number(this.slice(place, end)), length: end - place, end } : null;
  }

  /** The end of the run of letters, digits, `_` and `-` that begins with a letter here. */
  nameEnd(place: number): number | null {
    if (!isLetter(this.chars[place] ?? "")) return null;
    let end = place;
    while (isInName(this.chars[end] ?? "")) end += 1;
    return end;
  }

  /** The token between white space that ends before the white space before this place. */
  tokenBefore(place: number): string {
    let end = place;
    while (end > 0 && this.isSpace(end - 1)) end -= 1;
    let start = end;
    while (start > 0 && !this.isSpace(start - 1)) start -= 1;
    return this.slice(start, end);
  }
}

function words(chars: readonly string[]): Map<number, Word> {
  const found = new Map<number, Word>();
  let start = 0;
  while (start < chars.length) {
    let end = start;
    while (isLetter(chars[end] ?? "")) end += 1;
    if (end > start) found.set(start, { word: chars.slice(start, end).join("").toLowerCase(), end });
    start = end + 1;
  }
  return found;
}

function quotes(chars: readonly string[]): Map<number, number> {
  const quotedUntil = new Map<number, number>();
  let open: number | null = null;
  for (const [place, char] of chars.entries()) {
    if (char !== '"') continue;
    if (open === null) {
      open = place;
      continue;
    }
    for (let inside = open; inside <= place; inside += 1) quotedUntil.set(inside, place + 1);
    open = null;
  }
  return quotedUntil;
}
