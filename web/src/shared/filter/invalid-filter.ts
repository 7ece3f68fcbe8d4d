/** Why a text is not a query. */

export class InvalidFilter extends Error {
  override readonly name = "InvalidFilter";
  /** Code points before the fault. */
  readonly offset: number;
  /** What was found and what was expected. Without control characters. */
  readonly reason: string;

  constructor(offset: number, reason: string) {
    super(`at character ${offset}: ${reason}`);
    this.offset = offset;
    this.reason = reason;
  }
}

/** How much of the text an error quotes, in code points. */
const QUOTED_MAX = 60;

/** A part of the text for an error. */
export function quoted(chars: readonly string[]): string {
  const shown = chars
    .slice(0, QUOTED_MAX)
    .join("")
    .replace(/\p{Cc}/gu, "\u{fffd}");
  return `"${shown}${chars.length > QUOTED_MAX ? "…" : ""}"`;
}
