/**
 * What a Taskward JWT is: claims, life, and who signs it in each of the two modes.
 *
 * Invariants: the payload is `sub`, `email` and `name` plus the registered claims, never the whole user row; issuer
 * and audience are fixed settings, never taken from a request; the mode is configuration, never chosen by a caller.
 */

import type { JwtOptions } from "better-auth/plugins";
import { type JWTPayload, SignJWT } from "jose";
import type { Settings } from "./env.ts";

/**
 * How long a replaced public key stays in the JWKS: twice the longest life a JWT may have, so that no valid token
 * loses its key, and a key that leaked is not honoured for Better Auth's default of 30 days.
 */
export const JWKS_GRACE_SECONDS = 2 * 3600;

/** The options of Better Auth's jwt plugin for the configured mode. */
export function jwtOptions(settings: Settings): JwtOptions {
  const jwt: NonNullable<JwtOptions["jwt"]> = {
    issuer: settings.issuer,
    audience: settings.audience,
    // A number would be taken as the absolute expiry.
    expirationTime: `${settings.jwtLifetime}s`,
    definePayload: ({ user }) => ({ email: user.email, name: user.name }),
  };
  // Only GET /api/auth/token hands out tokens: a header on every session answer is one more place for one to leak.
  const disableSettingJwtHeader = true;
  if (settings.tokens === "jwks") {
    return {
      disableSettingJwtHeader,
      jwt,
      jwks: {
        keyPairConfig: { alg: settings.jwksAlgorithm },
        gracePeriod: JWKS_GRACE_SECONDS,
        ...(settings.jwksRotation === undefined ? {} : { rotationInterval: settings.jwksRotation }),
      },
    };
  }
  return {
    disableSettingJwtHeader,
    jwt: { ...jwt, sign: signerFor(settings.secret) },
    // Better Auth takes a `sign` callback only beside these two. They switch its own JWKS endpoint off and are
    // otherwise unused here: nothing fetches the URL, and the algorithm has no effect on the signature.
    jwks: { remoteUrl: settings.origin, keyPairConfig: { alg: "EdDSA" } },
  };
}

/** Signs with the shared secret: HS256 over its UTF-8 bytes, the one HS256 that Better Auth itself does not offer. */
function signerFor(secret: string): (payload: JWTPayload) => Promise<string> {
  const key = new TextEncoder().encode(secret);
  return (payload) => new SignJWT(payload).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(key);
}
