/**
 * Search: finds tasks by the words of their titles and descriptions, as the server does.
 *
 * Pure. The server's `crates/taskward-domain/src/search.rs` is the reference; both are tested with the same vectors.
 */
import { termsOfSearch, termsOfText } from "./terms.ts";

export { foldName } from "./fold.ts";

/** What a search looks up, each term once. Without a letter or digit there is none, and nothing is found. */
export function searchTerms(text: string): string[] {
  return sorted(termsOfSearch(text));
}

/** The terms by which a task is found, sorted, each once. */
export function indexTerms(title: string, description: string | null): string[] {
  return sorted([...termsOfText(title), ...termsOfText(description ?? "")]);
}

/**
 * Whether each term of the search is the beginning of a term of the task.
 *
 * @param search made by {@link searchTerms}
 * @param index made by {@link indexTerms}
 */
export function matchesSearch(search: readonly string[], index: readonly string[]): boolean {
  return search.length > 0 && search.every((term) => hasPrefix(index, term));
}

/** Terms with a common beginning are neighbours, and it stands before the first of them. */
function hasPrefix(index: readonly string[], prefix: string): boolean {
  let low = 0;
  let high = index.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((index[middle] ?? "") < prefix) low = middle + 1;
    else high = middle;
  }
  return index[low]?.startsWith(prefix) ?? false;
}

function sorted(terms: readonly string[]): string[] {
  return [...new Set(terms)].sort();
}
