/**
 * Where to go after signing in, taken from the address bar and therefore from anybody who can make a link.
 *
 * Invariant: what leaves here is a path of this origin, never another site, never a scheme.
 */

const HOME = "/tasks";

/** The path in `value` if it stays on this origin and is not a sign-in page itself, otherwise the task list. */
export function safeReturnTo(value: unknown): string {
  if (typeof value !== "string" || !value.startsWith("/")) return HOME;
  // The parser, not a pattern, decides what the browser would make of `//host`, `/\host` and embedded tabs.
  const base = "https://taskward.invalid";
  let url: URL;
  try {
    url = new URL(value, base);
  } catch {
    return HOME;
  }
  if (url.origin !== base || url.pathname.startsWith("//")) return HOME;
  if (url.pathname === "/" || url.pathname === "/sign-in" || url.pathname === "/sign-up") return HOME;
  return url.pathname + url.search + url.hash;
}
