/**
 * Errors of API requests, and the texts that describe them to the user.
 *
 * Invariant: the only server text shown to the user is the `detail` of a field error.
 */
import { AuthRateLimited, AuthUnavailable, SessionEnded } from "#shared/session/failures.ts";
import { retryAfterSeconds } from "#shared/session/retry-after.ts";
import type { Problem } from "./task.ts";

/** The request failed without a response. */
export class ApiUnreachable extends Error {
  override readonly name = "ApiUnreachable";
  constructor(options?: ErrorOptions) {
    super("The API cannot be reached.", options);
  }
}

/** The API responded with an error status. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  readonly status: number;
  readonly fields: ReadonlyMap<string, string>;
  readonly retryAfterSeconds: number | null;

  constructor(response: Response, problem: Partial<Problem> | undefined) {
    super(`The API responded with status ${response.status}.`);
    this.status = response.status;
    this.retryAfterSeconds = retryAfterSeconds(response.headers);
    // The pointer is a JSON Pointer (RFC 6901) such as `/title`. Only the first error of each field is shown.
    const fields = new Map<string, string>();
    for (const { pointer, detail } of problem?.errors ?? []) {
      const field = pointer.replace(/^#?\//, "");
      if (!fields.has(field)) fields.set(field, asSentence(detail));
    }
    this.fields = fields;
  }
}

/** `must not be empty` becomes `Must not be empty.` */
function asSentence(detail: string): string {
  return `${detail.charAt(0).toUpperCase()}${detail.slice(1)}${/[.!?]$/.test(detail) ? "" : "."}`;
}

/** Whether the same request may succeed if it is repeated later. */
export function isTransient(failure: unknown): boolean {
  if (failure instanceof ApiProblem) return failure.status === 429 || failure.status === 408 || failure.status >= 500;
  return failure instanceof ApiUnreachable || failure instanceof AuthUnavailable || failure instanceof AuthRateLimited;
}

/** Seconds, or `null` if the server did not send a retry delay. */
export function retryAfterOf(failure: unknown): number | null {
  if (failure instanceof ApiProblem || failure instanceof AuthRateLimited) return failure.retryAfterSeconds;
  return null;
}

/** Returns a sentence for the user. */
export function describeFailure(failure: unknown): string {
  const seconds = retryAfterOf(failure);
  if (seconds !== null) return `Too many requests. Try again in ${formatWait(seconds)}.`;
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

/** Formats as `1 second`, `45 seconds` or `2 minutes`. */
export function formatWait(seconds: number): string {
  if (seconds < 90) return seconds === 1 ? "1 second" : `${seconds} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}
