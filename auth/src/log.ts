/**
 * The one place that writes to the outside: one JSON line per notable event.
 *
 * Never written: secrets, tokens, cookies, bodies, e-mail addresses. Callers pass short facts, and text that comes from
 * other people's code goes through {@link redact} first.
 */

export type LogLevel = "info" | "warn" | "error";

/** Values that fit on one line; no objects, so that nobody logs a request by accident. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

const LONGEST_FOREIGN_TEXT = 300;
const EMAIL = /[^\s@"'<>]+@[^\s@"'<>]+/g;

/** Writes one event to standard output. */
export function log(level: LogLevel, event: string, fields: LogFields = {}): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...fields })}\n`);
}

/** Writes the single line that explains why this process did not start. */
export function refuse(sentence: string): void {
  process.stderr.write(`taskward-auth: ${sentence}\n`);
}

/** Name and message of an error: no stack, and no driver properties, which may quote the row that failed. */
export function describe(error: unknown): string {
  return redact(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
}

/** Cuts text written by others down to one short line without addresses. */
export function redact(text: string): string {
  return text.replace(EMAIL, "[e-mail]").replace(/\s+/g, " ").slice(0, LONGEST_FOREIGN_TEXT);
}
