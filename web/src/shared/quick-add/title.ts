/** The title: the text without its matches. */
import type { Match } from "./match.ts";
import { isClosing, isSpace, type Text, trimmed, trimmedEnd, trimmedStart } from "./text.ts";

/** The text without the removed ranges and without single escapes, or `null` if nothing would be left. */
export function titleOf(text: Text, removed: readonly Match[], escapes: readonly Match[]): string | null {
  const escaped = new Set(escapes.map((match) => match.start));
  const chars: string[] = [];
  let place = 0;
  for (const [index, match] of removed.entries()) {
    join(chars, plain(text, place, match.start, escaped), index > 0);
    place = match.end;
  }
  join(chars, plain(text, place, text.length, escaped), removed.length > 0);

  const isAtStart = removed[0] !== undefined && text.skipSpaces(0) === removed[0].start;
  const last = removed.at(-1);
  const isAtEnd = last !== undefined && text.chars.slice(last.end).every((char) => isSpace(char) || isClosing(char));
  let left = trimmed(chars);
  if (isAtStart) left = trimmedStart(left, (char) => ",;:.-".includes(char) || isSpace(char));
  if (isAtEnd) left = trimmedEnd(left, (char) => ",;:-".includes(char) || isSpace(char));
  const isLeft = (char: string) => !isSpace(char) && !isClosing(char) && char !== "-";
  return removed.length === 0 || left.some(isLeft) ? left.join("") : null;
}

function plain(text: Text, start: number, end: number, escaped: ReadonlySet<number>): string[] {
  return text.chars.slice(start, end).filter((_, index) => !escaped.has(start + index));
}

/** Appends a piece of text. Between two pieces that a match stood between is one space, none before punctuation. */
function join(title: string[], piece: readonly string[], isBehindMatch: boolean): void {
  if (!isBehindMatch) {
    for (const char of piece) title.push(char);
    return;
  }
  const rest = trimmedStart(piece, isSpace);
  const first = rest[0];
  if (first === undefined) return;
  for (let last = title.at(-1); last !== undefined && isSpace(last); last = title.at(-1)) title.pop();
  if (!".,;:!?".includes(first)) title.push(" ");
  for (const char of rest) title.push(char);
}
