/**
 * Parses stored drafts. The stored value is untrusted: an older version of the app or the user may have written it. Entries
 * with an unexpected shape are dropped one by one.
 */
import { type Drafts, type Edit, EMPTY_COMPOSER, type UnsentTask } from "./drafts.ts";

export function readDrafts(stored: string | null): Drafts {
  const parsed = parse(stored);
  const composer = asRecord(parsed["composer"]);
  const title = asText(composer["title"]);
  const description = asText(composer["description"]);
  return {
    composer: {
      title: title ?? EMPTY_COMPOSER.title,
      description: description ?? EMPTY_COMPOSER.description,
      describing: composer["describing"] === true,
    },
    edits: Object.fromEntries(
      Object.entries(asRecord(parsed["edits"])).flatMap(([taskId, value]) => {
        const edit = asEdit(value);
        return edit === null ? [] : [[taskId, edit]];
      }),
    ),
    unsent: (Array.isArray(parsed["unsent"]) ? parsed["unsent"] : []).flatMap(
      (value: unknown) => asUnsent(value) ?? [],
    ),
    failures: new Map(),
  };
}

function asEdit(value: unknown): Edit | null {
  const edit = asRecord(value);
  const base = asRecord(edit["base"]);
  const title = asText(edit["title"]);
  const description = asText(edit["description"]);
  const baseTitle = asText(base["title"]);
  const version = base["version"];
  if (title === null || description === null || baseTitle === null || typeof version !== "number") return null;
  return { title, description, base: { title: baseTitle, description: asText(base["description"]), version } };
}

function asUnsent(value: unknown): UnsentTask | null {
  const task = asRecord(value);
  const id = asText(task["id"]);
  const title = asText(task["title"]);
  if (id === null || title === null) return null;
  return { id, title, description: asText(task["description"]) };
}

function parse(stored: string | null): Record<string, unknown> {
  try {
    return asRecord(JSON.parse(stored ?? "{}"));
  } catch {
    return {};
  }
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function asText(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
