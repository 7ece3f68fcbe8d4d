/**
 * Reads the subject and the lifetime from a JWT, without verifying it.
 *
 * The values are used only to schedule renewal and to detect that the session cookie belongs to another user. They must
 * not be used for authorization; the server verifies every token.
 */

/** Times are milliseconds on the local clock. */
export type AccessToken = {
  readonly jwt: string;
  readonly userId: string;
  readonly renewAt: number;
  readonly expiresAt: number;
};

const RENEW_BEFORE_EXPIRY_MS = 60_000;

/**
 * Parses a JWT received at `now`. The lifetime is `exp - iat`, counted from `now`, so that it does not depend on the local
 * clock being right. Returns `null` unless `jwt` has valid `sub`, `iat` and `exp` claims.
 */
export function parseToken(jwt: string, now: number): AccessToken | null {
  const claims = readClaims(jwt);
  if (claims === null) return null;
  const { sub, iat, exp } = claims;
  if (typeof sub !== "string" || sub === "" || typeof iat !== "number" || typeof exp !== "number") return null;
  const lifetime = (exp - iat) * 1000;
  if (!(lifetime > 0)) return null;
  const expiresAt = now + lifetime;
  // A token that lives less than five minutes is renewed after four fifths of its lifetime.
  const renewAt = expiresAt - Math.min(RENEW_BEFORE_EXPIRY_MS, lifetime / 5);
  return { jwt, userId: sub, renewAt, expiresAt };
}

function readClaims(jwt: string): Record<"sub" | "iat" | "exp", unknown> | null {
  const payload = jwt.split(".")[1];
  if (payload === undefined) return null;
  try {
    const binary = atob(payload.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims === "object" && claims !== null ? (claims as Record<"sub" | "iat" | "exp", unknown>) : null;
  } catch {
    return null;
  }
}
