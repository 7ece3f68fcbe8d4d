/**
 * Reads the cursor of the next page from a `Link` header (RFC 8288).
 */

/** Returns the `cursor` parameter of the link with `rel="next"`, or `null` on the last page. */
export function nextCursor(headers: Headers): string | null {
  for (const [, target, parameters] of (headers.get("link") ?? "").matchAll(/<([^>]*)>([^,]*)/g)) {
    if (target === undefined || !/;\s*rel="?next"?/i.test(parameters ?? "")) continue;
    return new URL(target, "https://taskward.invalid").searchParams.get("cursor");
  }
  return null;
}
