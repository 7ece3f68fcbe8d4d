/** Why a text is not a rule that Taskward takes. */

/** A code of the API. The first fault counts: parts from left to right, then combinations. */
export type RuleErrorCode =
  /** A part, a value or a combination that the standards allow and Taskward does not take. */
  | "unsupported_rule"
  /** Not the grammar, a repeated part, or a value out of range. */
  | "invalid_rule";

/** The message says what was found and what is expected. */
export class RuleError extends Error {
  override readonly name = "RuleError";
  readonly code: RuleErrorCode;

  constructor(code: RuleErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export function invalid(message: string): RuleError {
  return new RuleError("invalid_rule", message);
}

export function unsupported(message: string): RuleError {
  return new RuleError("unsupported_rule", message);
}
