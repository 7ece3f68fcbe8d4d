/** Vectors of tokens that are verified with a shared secret, and of session tokens, which are no JWTs. */

import type { BetterAuthOptions } from "better-auth";
import type { JwtOptions } from "better-auth/plugins";
import { type JWTPayload, SignJWT } from "jose";
import {
  emptyDatabase,
  Issuer,
  LONG_LIVED,
  ORIGIN,
  type Rows,
  SECRET,
  VIA_COOKIE,
  VIA_TOKEN,
  vector,
} from "./issuer.ts";

const VALID = { expect: "valid" };
/** A cookie has no `iss` and `aud`. */
const COOKIE = { ...VALID, kind: "session-cookie-cache", issuer: null, audience: null };
const AUDIENCE = "rust-backend";
const MAX_COOKIE_SECONDS = 34_560_000;

const OLD_SECRET = "throw-away-fixture-secret-v1-Xc55NnTt7yKe";
const NEW_SECRET = "throw-away-fixture-secret-v2-Hq81LzPp0rWd";

/** The documented way to tokens that a shared secret verifies: the jwt plugin's `sign` callback. */
function customSign(more: NonNullable<JwtOptions["jwt"]> = {}): JwtOptions {
  const key = new TextEncoder().encode(SECRET);
  const sign = (payload: JWTPayload) =>
    new SignJWT(payload).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(key);
  return {
    jwks: { remoteUrl: ORIGIN, keyPairConfig: { alg: "EdDSA" } },
    jwt: { issuer: ORIGIN, audience: AUDIENCE, sign, ...more },
  };
}

async function withCookieCache(maxAge: number, name: string, more: BetterAuthOptions = {}) {
  const session = {
    cookieCache: { enabled: true, strategy: "jwt", maxAge },
    expiresIn: Math.max(maxAge, 7 * 24 * 3_600),
  } as const;
  const issuer = await Issuer.start(emptyDatabase(), undefined, { session, ...more });
  await issuer.signUp(name);
  await issuer.get("/get-session");
  return issuer;
}

async function sharedSecret() {
  const rows: Rows = emptyDatabase();
  const first = await Issuer.start(rows, customSign());
  await first.signUp();
  const how = `${VIA_TOKEN} with jwt.sign`;
  const tokens = [vector("custom-sign-default-15m", how, await first.token(), VALID)];
  const header = (await first.get("/get-session")).headers.get("set-auth-jwt") ?? "";
  const viaHeader = "set-auth-jwt header of GET /api/auth/get-session with jwt.sign";
  tokens.push(vector("custom-sign-set-auth-jwt", viaHeader, header, VALID));
  const longLived = await Issuer.start(rows, customSign({ expirationTime: LONG_LIVED }));
  await longLived.signIn();
  const longHow = `${how}, expirationTime "${LONG_LIVED}"`;
  tokens.push(vector("custom-sign-long-lived", longHow, await longLived.token(), VALID));

  const short = await withCookieCache(300, "Ada Lovelace");
  tokens.push(vector("cookie-cache-300s", VIA_COOKIE, short.cookie("session_data"), COOKIE));
  const long = await withCookieCache(MAX_COOKIE_SECONDS, "Ada Lovelace");
  tokens.push(vector("cookie-cache-long-lived", VIA_COOKIE, long.cookie("session_data"), COOKIE));
  const large = await withCookieCache(MAX_COOKIE_SECONDS, "x".repeat(5_000));
  const chunks = large.chunksOf("session_data");
  tokens.push(
    vector("cookie-cache-chunked", `${VIA_COOKIE}, chunks joined in order`, large.cookie("session_data"), {
      ...COOKIE,
      chunks,
    }),
  );

  let emailToken = "";
  const emailVerification = {
    sendOnSignUp: true,
    sendVerificationEmail: async ({ token }: { token: string }) => {
      emailToken = token;
    },
  };
  await (await Issuer.start(emptyDatabase(), undefined, { emailVerification })).signUp();
  tokens.push(
    vector("email-verification", "sendVerificationEmail({ token })", emailToken, {
      expect: "reject",
      reason: "verifies under the same secret, but is an e-mail verification token without sub, iss and aud",
      kind: "email-verification",
      issuer: null,
      audience: null,
    }),
  );
  return {
    what: "HS256 with the shared secret; the key is the UTF-8 bytes of its text",
    secret: SECRET,
    secret_utf8_hex: Buffer.from(SECRET, "utf8").toString("hex"),
    config: {
      "custom-sign": "jwt({ jwks: { remoteUrl, keyPairConfig }, jwt: { issuer, audience, sign } })",
      "cookie-cache": 'session.cookieCache { enabled: true, strategy: "jwt" }, without the jwt plugin',
    },
    issuer: ORIGIN,
    audience: AUDIENCE,
    jwks: await first.jwks(),
    tokens,
  };
}

async function secretsArray() {
  const secrets = [
    { version: 2, value: NEW_SECRET },
    { version: 1, value: OLD_SECRET },
  ];
  const issuer = await withCookieCache(MAX_COOKIE_SECONDS, "Ada Lovelace", { secrets, secret: NEW_SECRET });
  return {
    what: "versioned secrets: only the first entry signs, and the token names no version",
    config: { secrets },
    secret: NEW_SECRET,
    old_secret: OLD_SECRET,
    tokens: [vector("cookie-cache-signed-with-v2", VIA_COOKIE, issuer.cookie("session_data"), COOKIE)],
  };
}

async function opaqueSessionTokens() {
  const withStrategy = async (strategy: "compact" | "jwe") => {
    const session = { cookieCache: { enabled: true, strategy } } as const;
    const issuer = await Issuer.start(emptyDatabase(), undefined, { session });
    const signUp = await issuer.signUp();
    await issuer.get("/get-session");
    return { issuer, signUp };
  };
  const { issuer, signUp } = await withStrategy("compact");
  const jwe = await withStrategy("jwe");
  const { token } = (await signUp.clone().json()) as { token: string };
  const opaque = (id: string, value: string, from: string) => ({ id, value, from, kind: "opaque-session" });
  return {
    what: "values that a client may send by mistake as a bearer token; none is a JWT that a server can verify",
    secret: SECRET,
    values: [
      opaque("raw-session-token", token, "member token of the answer to a sign-up"),
      opaque("signed-session-token", signUp.headers.get("set-auth-token") ?? "", "header set-auth-token"),
      opaque("signed-session-token-urlencoded", issuer.cookie("session_token"), "cookie session_token"),
      {
        id: "session-data-compact",
        value: issuer.cookie("session_data"),
        from: 'cookie session_data, strategy "compact"',
        kind: "cookie-cache-compact",
      },
      {
        id: "session-data-jwe",
        value: jwe.issuer.cookie("session_data"),
        from: 'cookie session_data, strategy "jwe"',
        kind: "cookie-cache-jwe",
      },
    ],
  };
}

export const SECRET_VECTORS: Record<string, () => Promise<object>> = {
  "hs256-secrets-array": secretsArray,
  "hs256-shared-secret": sharedSecret,
  "opaque-session-tokens": opaqueSessionTokens,
};
