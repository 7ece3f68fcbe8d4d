/**
 * The claims, lifetime and signature of JWTs in both modes.
 *
 * Invariants: the payload has `sub`, `email`, `name` and the registered claims, not the whole user row; issuer, audience
 * and mode come from the settings, never from a request; a token is shorter than the 8 KiB that the API accepts.
 */

import type { JwtOptions } from "better-auth/plugins";
import { type JWTPayload, SignJWT } from "jose";
import type { Settings } from "./env.ts";
import { storedEmailClaim, storedNameClaim } from "./profile.ts";

/**
 * How long a replaced key stays in the JWKS: twice the maximum lifetime of a JWT. Better Auth's default of 30 days would
 * keep a leaked key valid for longer than necessary.
 */
export const JWKS_GRACE_SECONDS = 2 * 3600;

export function jwtOptions(settings: Settings): JwtOptions {
  const jwt: NonNullable<JwtOptions["jwt"]> = {
    issuer: settings.issuer,
    audience: settings.audience,
    // A string, because a number is an absolute time.
    expirationTime: `${settings.jwtLifetime}s`,
    definePayload: ({ user }) => ({ ...storedEmailClaim(user.email), ...storedNameClaim(user.name) }),
  };
  // Only GET /api/auth/token returns tokens. The header would add a token to every session response.
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
    // Better Auth requires these two options with a `sign` callback. `remoteUrl` disables the JWKS endpoint and is not
    // fetched. The algorithm is not used.
    jwks: { remoteUrl: settings.origin, keyPairConfig: { alg: "EdDSA" } },
  };
}

/** Signs with HS256, which Better Auth does not support, and the UTF-8 bytes of the secret. */
function signerFor(secret: string): (payload: JWTPayload) => Promise<string> {
  const key = new TextEncoder().encode(secret);
  return (payload) => new SignJWT(payload).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(key);
}
