/** Reads a text as a tree. One pass over code points; the depth of the recursion is limited. */

import { parseIsoDate } from "#shared/time/calendar.ts";
import { InvalidFilter, quoted } from "./invalid-filter.ts";
import type { Names } from "./names.ts";
import { combine, type DateField, type DateValue, type Node, type Op, type Term } from "./tree.ts";
import {
  ABSENT,
  DATE_FIELDS,
  day,
  INBOX,
  listed,
  lowerCase,
  NIL_ID,
  OPS,
  PARTS,
  PRIORITIES,
  STATES,
  UNITS,
  WORDS,
} from "./words.ts";

export const MAX_TERMS = 64;
/** Of parentheses in parentheses. */
export const MAX_DEPTH = 16;

const TERM = 'a term such as today, due < +7d, is:done, p1, #list, @label or "words"';
const DATE = "a date such as 2026-11-25, today, tomorrow, yesterday, +3d, -2w, +1m or a weekday such as mon";
/** A search has at most so many code points. */
const TEXT_MAX = 200;

/** Reads a query. Without names it has only ids. */
export function query(text: string, maxChars: number, names: Names | null): Node {
  const chars = Array.from(text);
  if (chars.length > maxChars) {
    throw new InvalidFilter(maxChars, `found more than ${maxChars} characters, expected at most ${maxChars}`);
  }
  return new Parser(chars, names).query();
}

/**
 * Whether a name without quotation marks may contain this. Marks belong to letters: without them no name in Hindi would
 * be one run.
 */
export function isInName(char: string): boolean {
  return /^[\p{Alphabetic}\p{N}\p{M}_-]$/u.test(char);
}

type Name = { readonly id: string } | { readonly typed: string };

class Parser {
  readonly #chars: readonly string[];
  readonly #names: Names | null;
  #place = 0;
  #terms = 0;
  #depth = 0;

  constructor(chars: readonly string[], names: Names | null) {
    this.#chars = chars;
    this.#names = names;
  }

  query(): Node {
    const root = this.#or();
    if (this.#peek() !== undefined) throw this.#unexpected('"&", "|" or the end of the text');
    return root;
  }

  #or(): Node {
    const operands = [this.#and()];
    while (this.#eat("|")) operands.push(this.#and());
    return combine("or", operands);
  }

  #and(): Node {
    const operands = [this.#not()];
    while (this.#eat("&") || ![undefined, "|", ")"].includes(this.#peek())) operands.push(this.#not());
    return combine("and", operands);
  }

  #not(): Node {
    return this.#eat("!") ? { kind: "not", operand: this.#atom() } : this.#atom();
  }

  #atom(): Node {
    return this.#peek() === "(" ? this.#group() : { kind: "term", term: this.#term() };
  }

  #group(): Node {
    const open = this.#place;
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) {
      throw new InvalidFilter(open, `found parentheses ${this.#depth} deep, expected at most ${MAX_DEPTH}`);
    }
    this.#place += 1;
    const inner = this.#or();
    if (!this.#eat(")")) throw this.#unexpected(`"&", "|" or ")" for the "(" at character ${open}`);
    this.#depth -= 1;
    return inner;
  }

  #term(): Term {
    const first = this.#peek();
    if (first === undefined) throw this.#unexpected(TERM);
    this.#terms += 1;
    if (this.#terms > MAX_TERMS) {
      throw new InvalidFilter(this.#place, `found more than ${MAX_TERMS} terms, expected at most ${MAX_TERMS}`);
    }
    switch (first) {
      case "#":
        return this.#list();
      case "@":
        return this.#label();
      case '"':
        return this.#text();
      default:
        return this.#wordTerm();
    }
  }

  #wordTerm(): Term {
    const start = this.#place;
    const typed = this.#word();
    const word = WORDS.find((other) => other === typed);
    if (word !== undefined) return { kind: "word", word };
    const priority = PRIORITIES.find((other) => `p${other}` === typed);
    if (priority !== undefined) return { kind: "priority", priority };
    const field = DATE_FIELDS.find((other) => other === typed);
    if (field !== undefined) return this.#comparison(field);
    switch (typed) {
      case "no":
        return { kind: "no", absent: this.#keyed(ABSENT) };
      case "is":
        return { kind: "is", state: this.#keyed(STATES) };
      case "has":
        return { kind: "has", part: this.#keyed(PARTS) };
      default:
        this.#place = start;
        throw this.#unexpected(TERM);
    }
  }

  /** A colon and a word of the table. */
  #keyed<T extends string>(table: readonly T[]): T {
    if (!this.#eat(":")) throw this.#unexpected('":"');
    this.#skipSpace();
    const start = this.#place;
    const typed = this.#word();
    const found = table.find((word) => word === typed);
    if (found !== undefined) return found;
    this.#place = start;
    throw this.#unexpected(listed(table));
  }

  #comparison(field: DateField): Term {
    const op = this.#op();
    this.#skipSpace();
    return { kind: "date", field, op, value: this.#date() };
  }

  #op(): Op {
    this.#skipSpace();
    for (const [spelling, op] of OPS) {
      const end = this.#place + spelling.length;
      if (this.#slice(this.#place, end) === spelling) {
        this.#place = end;
        return op;
      }
    }
    throw this.#unexpected('":", "=", "<", "<=", ">" or ">="');
  }

  #date(): DateValue {
    const start = this.#place;
    const sign = this.#chars[start];
    const isOffset = sign === "+" || sign === "-";
    if (isOffset) this.#place += 1;
    const typed = this.#word();
    const found = isOffset ? offset(typed, sign === "+" ? 1 : -1) : (day(typed) ?? absolute(typed));
    if (found !== null) return found;
    if (this.#place === start) throw this.#unexpected(DATE);
    const chars = this.#chars.slice(start, this.#place);
    throw new InvalidFilter(start, `found ${quoted(chars)}, expected ${DATE}`);
  }

  #list(): Term {
    const start = this.#place;
    const name = this.#name();
    if ("id" in name) return { kind: "list", id: name.id === NIL_ID ? null : name.id };
    const id = this.#names?.list(name.typed) ?? null;
    if (id !== null) return { kind: "list", id };
    if (lowerCase(name.typed) === INBOX) return { kind: "list", id: null };
    throw this.#unknown(start, name.typed, "the name of a list or #inbox");
  }

  #label(): Term {
    const start = this.#place;
    const name = this.#name();
    const id = "id" in name ? name.id : (this.#names?.label(name.typed) ?? null);
    if (id !== null) return { kind: "label", id };
    throw this.#unknown(start, "typed" in name ? name.typed : "", "the name of a label");
  }

  #unknown(start: number, name: string, expected: string): InvalidFilter {
    const wanted = this.#names === null ? "an id in braces" : `${expected} that exists`;
    return new InvalidFilter(start, `found the name ${quoted(Array.from(name))}, expected ${wanted}`);
  }

  /** What follows `#` or `@`. */
  #name(): Name {
    this.#place += 1;
    const first = this.#chars[this.#place];
    if (first === '"') return { typed: this.#string() };
    if (first === "{") return { id: this.#id() };
    if (first === undefined || !isInName(first)) {
      throw this.#unexpectedHere("a name, a name in quotation marks or an id in braces");
    }
    const start = this.#place;
    this.#skipName();
    return { typed: this.#slice(start, this.#place) };
  }

  #id(): string {
    const start = this.#place;
    const end = this.#chars.indexOf("}", start);
    const chars = this.#chars.slice(start, end < 0 ? undefined : end + 1);
    const id = lowerCase(chars.slice(1, -1).join(""));
    if (end < 0 || !/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(id)) {
      const expected = "an id such as {0198f5d0-7c3a-7b21-9e4f-3a5b6c7d8e9f}";
      throw new InvalidFilter(start, `found ${quoted(chars)}, expected ${expected}`);
    }
    this.#place = end + 1;
    return id;
  }

  #text(): Term {
    const start = this.#place;
    const text = this.#string();
    const length = this.#place - start - 2;
    if (length > TEXT_MAX || !/[\p{Alphabetic}\p{N}]/u.test(text)) {
      const expected = `a length of 1 to ${TEXT_MAX} and a letter or a digit`;
      throw new InvalidFilter(start, `found a text of length ${length}, expected ${expected}`);
    }
    return { kind: "text", text };
  }

  /** A text in quotation marks. */
  #string(): string {
    const start = this.#place + 1;
    const end = this.#chars.indexOf('"', start);
    const error = (offset: number, reason: string) => new InvalidFilter(offset, reason);
    if (end < 0) throw error(this.#place, "found a quotation mark without an end, expected a second one");
    if (end === start) {
      throw error(this.#place, "found an empty text, expected characters between the quotation marks");
    }
    const control = this.#chars.slice(start, end).findIndex((char) => /\p{Cc}/u.test(char));
    if (control >= 0) throw error(start + control, "found a control character, expected a text without one");
    this.#place = end + 1;
    return this.#slice(start, end);
  }

  /** The run of characters of a name that begins here, in lower case. */
  #word(): string {
    const start = this.#place;
    this.#skipName();
    return lowerCase(this.#slice(start, this.#place));
  }

  #skipName(): void {
    while (isInName(this.#chars[this.#place] ?? "")) this.#place += 1;
  }

  #skipSpace(): void {
    while (/^\p{White_Space}$/u.test(this.#chars[this.#place] ?? "")) this.#place += 1;
  }

  /** The next character that is not white space. */
  #peek(): string | undefined {
    this.#skipSpace();
    return this.#chars[this.#place];
  }

  #eat(wanted: string): boolean {
    const isHere = this.#peek() === wanted;
    if (isHere) this.#place += 1;
    return isHere;
  }

  #slice(start: number, end: number): string {
    return this.#chars.slice(start, end).join("");
  }

  #unexpected(expected: string): InvalidFilter {
    this.#skipSpace();
    return this.#unexpectedHere(expected);
  }

  /** An error about the run or the character at this place. */
  #unexpectedHere(expected: string): InvalidFilter {
    const start = this.#place;
    this.#skipName();
    const chars = this.#chars.slice(start, Math.max(this.#place, start + 1));
    const found = chars.length > 0 ? quoted(chars) : "the end of the text";
    return new InvalidFilter(start, `found ${found}, expected ${expected}`);
  }
}

function absolute(word: string): DateValue | null {
  const date = parseIsoDate(word);
  return date === null ? null : { kind: "on", date };
}

/** One to four digits and a unit. */
function offset(word: string, sign: 1 | -1): DateValue | null {
  const parts = /^([0-9]{1,4})([a-z])$/.exec(word);
  const unit = UNITS.find((other) => other === parts?.[2]);
  // `+ 0`: there is no negative zero.
  return unit === undefined ? null : { kind: "offset", count: sign * Number(parts?.[1]) + 0, unit };
}
