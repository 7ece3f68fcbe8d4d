/** What stands in a range of the text. */
import type { Anchor } from "#shared/recurrence/recurrence.ts";

export interface Match {
  readonly start: number;
  readonly end: number;
  readonly value: Value;
}

/** Dates are day numbers; minutes count from midnight. */
export type Value =
  | { readonly kind: "due"; readonly date: number; readonly minute: number | null }
  | {
      readonly kind: "recurrence";
      readonly rule: string;
      readonly anchor: Anchor;
      readonly date: number;
      readonly minute: number | null;
    }
  | { readonly kind: "priority"; readonly priority: 1 | 2 | 3 | null }
  | { readonly kind: "label"; readonly name: string }
  | { readonly kind: "list"; readonly name: string }
  | { readonly kind: "start"; readonly date: number }
  | { readonly kind: "deadline"; readonly date: number }
  /** All that follows. */
  | { readonly kind: "description" }
  /** A backslash before a token that would match. */
  | { readonly kind: "escape" }
  /** A name that the user does not have. It stays in the title. */
  | { readonly kind: "unknown"; readonly of: "list" | "label" };
