/**
 * Structured logging: one JSON object per line on standard output.
 *
 * Invariant: secrets, tokens, cookies, bodies and e-mail addresses are not logged. Texts of libraries must pass
 * {@link redact}.
 */

export type LogLevel = "info" | "warn" | "error";

/** No objects, so that a request cannot be logged by mistake. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

const MAX_LIBRARY_TEXT_LENGTH = 300;
const EMAIL = /[^\s@"'<>]+@[^\s@"'<>]+/g;

export function log(level: LogLevel, event: string, fields: LogFields = {}): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...fields })}\n`);
}

/** Writes the reason of a failed start to standard error, as one line. */
export function printStartError(message: string): void {
  process.stderr.write(`taskward-auth: ${message}\n`);
}

/** The name and message of an error. Omits the stack and the properties, which may contain a row. */
export function describeError(error: unknown): string {
  return redact(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
}

/** Removes e-mail addresses and line breaks, and truncates. */
export function redact(text: string): string {
  return text.replace(EMAIL, "[e-mail]").replace(/\s+/g, " ").slice(0, MAX_LIBRARY_TEXT_LENGTH);
}
