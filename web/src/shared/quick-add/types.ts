/** What a text says: the answer of the parser, in the form of the API. */
import type { Anchor } from "#shared/recurrence/recurrence.ts";

export interface Parsed {
  readonly title: string;
  readonly description: string | null;
  /** With a recurrence, its first date. */
  readonly due: Due | null;
  readonly recurrence: Recurrence | null;
  /** 1 is the highest. */
  readonly priority: 1 | 2 | 3 | null;
  /** As the user has them, in the order of the text, each once. */
  readonly labels: readonly string[];
  readonly list: string | null;
  readonly start_on: string | null;
  readonly deadline_on: string | null;
  /** The understood parts of the text, in its order. They do not overlap. */
  readonly spans: readonly Span[];
  readonly unknown: readonly Unknown[];
}

/** A local date (`2026-11-26`), with or without a time (`17:00`), without a zone. */
export interface Due {
  readonly date: string;
  readonly time: string | null;
  readonly zone: null;
}

export interface Recurrence {
  /** In canonical form. */
  readonly rule: string;
  /** `every!` counts from the completion. */
  readonly anchor: Anchor;
}

/** A part of the text. Offsets count code points, not UTF-16 units; the end is excluded. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly kind: SpanKind;
}

export type SpanKind =
  | "due"
  | "recurrence"
  | "priority"
  | "label"
  | "list"
  | "start"
  | "deadline"
  | "description"
  /** A backslash that makes the token behind it plain text. */
  | "escape";

/** A `#name` or `@name` of nothing that the user has. It stays in the title. */
export interface Unknown {
  readonly kind: "list" | "label";
  readonly text: string;
  readonly start: number;
  readonly end: number;
}
