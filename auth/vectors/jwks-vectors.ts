/** Vectors of tokens that are verified with public keys. */

import type { JwtOptions } from "better-auth/plugins";
import { signJWT } from "better-auth/plugins/jwt";
import {
  emptyDatabase,
  Issuer,
  LONG_LIVED,
  ORIGIN,
  type Rows,
  type TokenVector,
  VIA_COOKIE,
  VIA_TOKEN,
  vector,
} from "./issuer.ts";

const VALID = { expect: "valid" };
const DEFAULTS = { issuer: ORIGIN, audience: ORIGIN };
const LONG_LIVED_JWT = { expirationTime: LONG_LIVED };

type Algorithm = "EdDSA" | "ES256" | "ES512" | "RS256" | "PS256";

async function oneAlgorithm(alg: Algorithm) {
  const rows = emptyDatabase();
  const jwks = { keyPairConfig: { alg } } as const;
  const first = await Issuer.start(rows, { jwks });
  await first.signUp();
  const tokens = [vector("default-15m", VIA_TOKEN, await first.token(), VALID)];
  const header = (await first.get("/get-session")).headers.get("set-auth-jwt") ?? "";
  const via = "GET /api/auth/get-session, response header set-auth-jwt";
  tokens.push(vector("default-15m-set-auth-jwt", via, header, VALID));
  const longLived = await Issuer.start(rows, { jwks, jwt: LONG_LIVED_JWT });
  await longLived.signIn();
  tokens.push(
    vector("long-lived", `${VIA_TOKEN}, jwt.expirationTime "${LONG_LIVED}"`, await longLived.token(), VALID),
  );
  const audience = "rust-backend";
  const definePayload: NonNullable<NonNullable<JwtOptions["jwt"]>["definePayload"]> = ({ user }) => ({
    email: user.email,
    name: user.name,
  });
  const narrow = await Issuer.start(rows, { jwks, jwt: { ...LONG_LIVED_JWT, audience, definePayload } });
  await narrow.signIn();
  const how = `${VIA_TOKEN}, jwt.audience "${audience}", definePayload {email,name}`;
  tokens.push(vector("long-lived-audience", how, await narrow.token(), { ...VALID, audience }));
  return {
    what: `jwt plugin, ${alg}`,
    config: { baseURL: ORIGIN, plugins: `jwt({ jwks: { keyPairConfig: { alg: "${alg}" } } }), bearer()` },
    ...DEFAULTS,
    jwks: await narrow.jwks(),
    tokens,
  };
}

/** Makes time pass for the stored signing keys. */
function ageKeys({ sqlite }: Rows, milliseconds: number): void {
  const update = sqlite.prepare("UPDATE jwks SET createdAt = ?, expiresAt = ? WHERE id = ?");
  const earlier = (date: string) => new Date(Date.parse(date) - milliseconds).toISOString();
  for (const row of sqlite.prepare("SELECT id, createdAt, expiresAt FROM jwks").all()) {
    const { id, createdAt, expiresAt } = row as { id: string; createdAt: string; expiresAt: string };
    update.run(earlier(createdAt), earlier(expiresAt), id);
  }
}

async function rotation() {
  const rows = emptyDatabase();
  const options = { jwks: { rotationInterval: 3_600, gracePeriod: 7_200 }, jwt: LONG_LIVED_JWT };
  const issuer = await Issuer.start(rows, options);
  await issuer.signUp();
  const a = await issuer.token();
  const stages = [{ stage: "before", jwks: await issuer.jwks() }];
  ageKeys(rows, 3_700_000);
  stages.push({ stage: "a-expired-not-yet-rotated", jwks: await issuer.jwks() });
  const b = await issuer.token();
  stages.push({ stage: "both", jwks: await issuer.jwks() });
  ageKeys(rows, 7_200_000);
  stages.push({ stage: "a-past-grace", jwks: await issuer.jwks() });
  ageKeys(rows, 7_200_000);
  stages.push({ stage: "all-past-grace", jwks: await issuer.jwks() });
  const expect = (...results: string[]) => ({
    expect_by_stage: Object.fromEntries(stages.map(({ stage }, n) => [stage, results[n]])),
  });
  return {
    what: "key A, then key B made by the first signing after A expired; the dates of the stored keys are moved back",
    config: options,
    ...DEFAULTS,
    jwks_stages: stages,
    tokens: [
      vector("signed-by-a", VIA_TOKEN, a, expect("valid", "valid", "valid", "unknown-kid", "unknown-kid")),
      vector(
        "signed-by-b",
        VIA_TOKEN,
        b,
        expect("unknown-kid", "unknown-kid", "valid", "valid", "unknown-kid"),
      ),
    ],
  };
}

async function tokenOfNewDatabase(name: string, more = {}) {
  const issuer = await Issuer.start(emptyDatabase(), { jwt: LONG_LIVED_JWT }, more);
  await issuer.signUp(name, `${name.toLowerCase().replace(" ", ".")}@example.com`);
  return { token: await issuer.token(), jwks: await issuer.jwks() };
}

async function staleKid() {
  const before = await tokenOfNewDatabase("Ada Lovelace");
  const after = await tokenOfNewDatabase("Ada Lovelace");
  return {
    what: "the old token names a kid that the served JWKS does not have, because the database was wiped",
    ...DEFAULTS,
    jwks: after.jwks,
    tokens: [
      vector("old-database", `${VIA_TOKEN} before the wipe`, before.token, { expect: "unknown-kid" }),
      vector("new-database", `${VIA_TOKEN} after the wipe`, after.token, VALID),
    ],
  };
}

async function kidReuse() {
  const more = { advanced: { database: { generateId: "serial" } } } as const;
  const first = await tokenOfNewDatabase("Ada Lovelace", more);
  const second = await tokenOfNewDatabase("Bob", more);
  const expect = (one: string, two: string) => ({
    expect_by_stage: { "first-database": one, "second-database": two },
  });
  return {
    what: 'generateId "serial": after a database wipe the same kid names another key, and the same sub another user',
    config: more,
    ...DEFAULTS,
    jwks_stages: [
      { stage: "first-database", jwks: first.jwks },
      { stage: "second-database", jwks: second.jwks },
    ],
    tokens: [
      vector("first", VIA_TOKEN, first.token, expect("valid", "bad-signature")),
      vector("second", VIA_TOKEN, second.token, expect("bad-signature", "valid")),
    ],
  };
}

async function mixedJwks() {
  const others = ["ES256", "RS256", "ES512"] as const;
  const options = {
    jwks: { keyPairConfig: { alg: "EdDSA" }, keyPairConfigs: others.map((alg) => ({ alg })) },
    jwt: LONG_LIVED_JWT,
  } as JwtOptions;
  const issuer = await Issuer.start(emptyDatabase(), options);
  await issuer.signUp();
  const first = vector("eddsa", VIA_TOKEN, await issuer.token(), VALID);
  const tokens = [first];
  const context = { context: await issuer.auth.$context } as unknown as Parameters<typeof signJWT>[0];
  for (const signingAlgorithm of others) {
    const { iat, sub } = first["claims"] as { iat: number; sub: string };
    const token = await signJWT(context, { options, payload: { iat, sub }, signingAlgorithm });
    const via = "signJWT(ctx, { signingAlgorithm })";
    tokens.push(vector(signingAlgorithm.toLowerCase(), via, token, VALID));
  }
  return { what: "one JWKS with keys of four algorithms", ...DEFAULTS, jwks: await issuer.jwks(), tokens };
}

async function sessionCacheJwks() {
  const maxAge = 34_560_000;
  const session = { cookieCache: { enabled: true, strategy: "jwt", maxAge }, expiresIn: maxAge } as const;
  const issuer = await Issuer.start(emptyDatabase(), { sessionCookieCache: true }, { session });
  await issuer.signUp();
  await issuer.get("/get-session");
  const cookie = vector("session-data-cookie", VIA_COOKIE, issuer.cookie("session_data"), {
    ...VALID,
    kind: "session-cookie-cache",
    issuer: ORIGIN,
    audience: "better-auth:session-cache",
  });
  const token = vector("token-endpoint-same-key", VIA_TOKEN, await issuer.token(), { ...VALID, ...DEFAULTS });
  return {
    what: "jwt({ sessionCookieCache: true }): the session_data cookie is signed with the key of the JWKS",
    config: { session },
    issuer: ORIGIN,
    jwks: await issuer.jwks(),
    tokens: [cookie, token],
  };
}

interface Variant {
  readonly id: string;
  readonly jwt: NonNullable<JwtOptions["jwt"]>;
  readonly more: Record<string, unknown>;
}

const EMPTY = { definePayload: () => ({}) };

const VARIANTS: readonly Variant[] = [
  { id: "minimal", jwt: EMPTY, more: VALID },
  {
    id: "aud-array",
    jwt: { ...EMPTY, audience: ["rust-backend", "other"] },
    more: { ...VALID, audience: "rust-backend" },
  },
  {
    id: "issuer-trailing-slash",
    jwt: { ...EMPTY, issuer: `${ORIGIN}/` },
    more: { ...VALID, issuer: `${ORIGIN}/` },
  },
  { id: "sub-email", jwt: { ...EMPTY, getSubject: ({ user }) => user.email }, more: VALID },
  {
    id: "sub-empty",
    jwt: { ...EMPTY, getSubject: () => "" },
    more: { expect: "reject", reason: "empty sub" },
  },
  {
    id: "role-and-jti",
    jwt: {
      definePayload: ({ user }) => ({
        email: user.email,
        role: "admin",
        jti: "fixed-jti",
        permissions: ["a:read"],
      }),
    },
    more: VALID,
  },
  {
    id: "nbf-future",
    jwt: { definePayload: () => ({ nbf: 4_000_000_000 }) },
    more: { expect: "reject", reason: "nbf in the future" },
  },
  {
    id: "exp-number-pitfall",
    jwt: { ...EMPTY, expirationTime: 900 },
    more: { expect: "reject", reason: "a number is the absolute exp, so this expired in 1970" },
  },
  {
    id: "definepayload-overrides-iss-aud",
    jwt: { definePayload: () => ({ iss: "https://evil.example", aud: "someone-else" }) },
    more: { expect: "reject", reason: "iss and aud from definePayload win over the options" },
  },
  {
    id: "unicode-name",
    jwt: { definePayload: ({ user }) => ({ name: "Zoë \u{1f600} \u0000 end", email: user.email }) },
    more: VALID,
  },
];

async function claimsVariants() {
  const rows = emptyDatabase();
  await (await Issuer.start(rows, {})).signUp();
  const tokens: TokenVector[] = [];
  for (const { id, jwt, more } of VARIANTS) {
    const issuer = await Issuer.start(rows, { jwt: { ...LONG_LIVED_JWT, ...jwt } });
    await issuer.signIn();
    tokens.push(vector(id, VIA_TOKEN, await issuer.token(), { ...DEFAULTS, ...more }));
  }
  const issuer = await Issuer.start(rows, { jwt: LONG_LIVED_JWT });
  const body = { payload: { sub: "a-user" } };
  const { token } = (await (issuer.auth.api as unknown as SignApi).signJWT({ body })) as { token: string };
  const via = "server-side auth.api.signJWT({ body: { payload: { sub } } })";
  tokens.push(vector("api-signjwt-no-iat", via, token, { ...DEFAULTS, ...VALID, note: "no iat claim" }));
  const uuid = await tokenOfNewDatabase("Ada Lovelace", { advanced: { database: { generateId: "uuid" } } });
  const uuidVia = `${VIA_TOKEN}, advanced.database.generateId "uuid"`;
  tokens.push(vector("uuid-ids", uuidVia, uuid.token, { ...DEFAULTS, ...VALID, jwks: uuid.jwks }));
  return {
    what: "one Ed25519 key, variants of the options; uuid-ids has its own jwks",
    ...DEFAULTS,
    jwks: await issuer.jwks(),
    tokens,
  };
}

interface SignApi {
  signJWT(request: { body: { payload: { sub: string } } }): Promise<unknown>;
}

async function untypedAlgorithms() {
  const tokens: TokenVector[] = [];
  for (const alg of ["ES384", "RS384", "RS512", "PS384", "PS512", "Ed25519"]) {
    const jwks = { keyPairConfig: { alg } } as unknown as NonNullable<JwtOptions["jwks"]>;
    const issuer = await Issuer.start(emptyDatabase(), { jwks, jwt: { ...LONG_LIVED_JWT, ...EMPTY } });
    await issuer.signUp();
    const token = await issuer.token();
    tokens.push(
      vector(alg.toLowerCase(), VIA_TOKEN, token, { ...DEFAULTS, ...VALID, jwks: await issuer.jwks() }),
    );
  }
  return {
    what: "algorithms that work although the TypeScript type does not list them; each token has its own jwks",
    ...DEFAULTS,
    tokens,
  };
}

export const JWKS_VECTORS: Record<string, () => Promise<object>> = {
  "claims-variants": claimsVariants,
  eddsa: () => oneAlgorithm("EdDSA"),
  es256: () => oneAlgorithm("ES256"),
  es512: () => oneAlgorithm("ES512"),
  "kid-reuse-serial-ids": kidReuse,
  "mixed-jwks": mixedJwks,
  ps256: () => oneAlgorithm("PS256"),
  rotation,
  rs256: () => oneAlgorithm("RS256"),
  "session-cache-jwks": sessionCacheJwks,
  "stale-kid": staleKid,
  "untyped-algs": untypedAlgorithms,
};
