/**
 * What the app reads from its own JWT: whose it is and how long it lasts.
 *
 * Nothing is proven here. The server verifies every token; this only decides when to ask for the next one and notices that
 * the cookie now belongs to somebody else. No decision about access may rest on these values.
 */

/** A JWT and the instant, on this machine's clock, at which it stops being useful. */
export type HeldToken = {
  readonly jwt: string;
  readonly userId: string;
  readonly renewAt: number;
  readonly expiresAt: number;
};

const RENEW_BEFORE_EXPIRY_MS = 60_000;

/**
 * Reads a JWT that arrived at `now`. Life is counted from its arrival (`exp - iat`), so that a wrong clock on this machine
 * does not matter. Gives `null` for what is not a JWT with `sub`, `iat` and `exp`.
 */
export function holdToken(jwt: string, now: number): HeldToken | null {
  const claims = readClaims(jwt);
  if (claims === null) return null;
  const { sub, iat, exp } = claims;
  if (typeof sub !== "string" || sub === "" || typeof iat !== "number" || typeof exp !== "number") return null;
  const life = (exp - iat) * 1000;
  if (!(life > 0)) return null;
  const expiresAt = now + life;
  // A very short life still leaves four fifths of it for use.
  const renewAt = expiresAt - Math.min(RENEW_BEFORE_EXPIRY_MS, life / 5);
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
