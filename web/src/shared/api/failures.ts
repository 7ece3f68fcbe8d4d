/**
 * What can go wrong with an API call, as values the app decides on, and the sentence a person reads about it.
 *
 * Invariant: no text from the server is shown except the `detail` of a field error, which the contract says is about
 * the person's own input.
 */
import { AuthRateLimited, AuthUnavailable, SessionEnded } from "#shared/session/failures.ts";
import { retryAfterSeconds } from "#shared/session/retry-after.ts";
import type { Problem } from "./task.ts";

/** The API could not be reached at all. */
export class ApiUnreachable extends Error {
  override readonly name = "ApiUnreachable";
  constructor(options?: ErrorOptions) {
    super("The API cannot be reached.", options);
  }
}

/** The API answered with something other than success. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  readonly status: number;
  readonly fields: ReadonlyMap<string, string>;
  readonly retryAfterSeconds: number | null;

  constructor(response: Response, problem: Partial<Problem> | undefined) {
    super(`The API answered ${response.status}.`);
    this.status = response.status;
    this.retryAfterSeconds = retryAfterSeconds(response.headers);
    // The first message per field is the one to show; a pointer such as `/title` names the field.
    const fields = new Map<string, string>();
    for (const { pointer, detail } of problem?.errors ?? []) {
      const field = pointer.replace(/^#?\//, "");
      if (!fields.has(field)) fields.set(field, asSentence(detail));
    }
    this.fields = fields;
  }
}

/** The server says what a value must be (`must not be empty`); beside its field that reads as a sentence. */
function asSentence(detail: string): string {
  return `${detail.charAt(0).toUpperCase()}${detail.slice(1)}${/[.!?]$/.test(detail) ? "" : "."}`;
}

/** Whether the same request may succeed a little later without anybody changing anything. */
export function isPassing(failure: unknown): boolean {
  if (failure instanceof ApiProblem) return failure.status === 429 || failure.status === 408 || failure.status >= 500;
  return failure instanceof ApiUnreachable || failure instanceof AuthUnavailable || failure instanceof AuthRateLimited;
}

/** The wait the server asked for, if it did. */
export function waitSecondsOf(failure: unknown): number | null {
  if (failure instanceof ApiProblem || failure instanceof AuthRateLimited) return failure.retryAfterSeconds;
  return null;
}

/** One sentence for a person. */
export function describeFailure(failure: unknown): string {
  const wait = waitSecondsOf(failure);
  if (wait !== null) return `Too many requests. Try again in ${inWords(wait)}.`;
  if (failure instanceof ApiUnreachable || failure instanceof AuthUnavailable) return "Taskward can’t be reached.";
  if (failure instanceof SessionEnded) return "Your session ended.";
  if (failure instanceof ApiProblem) {
    switch (failure.status) {
      case 401:
        return "Taskward did not accept your sign-in.";
      case 404:
        return "This task no longer exists.";
      case 409:
      case 412:
        return "This task was changed elsewhere.";
      case 422:
        return failure.fields.values().next().value ?? "Taskward rejected the text.";
      case 429:
        return "Too many requests. Try again in a moment.";
      default:
        return failure.status >= 500 ? "Taskward has a problem. Try again later." : "Taskward rejected the request.";
    }
  }
  return "Something went wrong.";
}

/** A wait as people say it: `1 second`, `45 seconds`, `2 minutes`. */
export function inWords(seconds: number): string {
  if (seconds < 90) return seconds === 1 ? "1 second" : `${seconds} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}
