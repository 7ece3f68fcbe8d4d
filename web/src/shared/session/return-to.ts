/**
 * Validates the redirect target after signing in. It comes from the URL, so an attacker can choose it.
 *
 * Invariant: the result is always a path on this origin.
 */

const HOME = "/tasks";

/** Returns `value` if it is a path on this origin and not an account page, otherwise the path of the task list. */
export function safeReturnTo(value: unknown): string {
  if (typeof value !== "string" || !value.startsWith("/")) return HOME;
  // The URL parser treats `//host`, `/\host` and embedded tabs exactly as the browser does; a pattern would not.
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
