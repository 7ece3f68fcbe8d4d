/** The claims and signatures of tokens, in both modes and for every algorithm. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createLocalJWKSet,
  decodeProtectedHeader,
  type JSONWebKeySet,
  type JWTPayload,
  jwtVerify,
} from "jose";
import {
  type AuthServer,
  ORIGIN,
  SECRET,
  type Settings,
  settingsFor,
  startServer,
  temporaryDirectory,
} from "./auth-server.ts";
import { ALICE, type Browser, signedUp } from "./browser.ts";

const KEY = new TextEncoder().encode(SECRET);
const EXPECT = { issuer: ORIGIN, audience: ORIGIN };

test("shared secret: HS256, typ JWT, the exact claims, 15 minutes", async (t) => {
  const server = await startServer(t, settingsFor(await temporaryDirectory(t)));
  const alice = await signedUp(server, ALICE);
  const token = await alice.token(server);
  assert.deepEqual(decodeProtectedHeader(token), { alg: "HS256", typ: "JWT" });
  const { payload } = await jwtVerify(token, KEY, { ...EXPECT, algorithms: ["HS256"] });
  await assertClaims(payload, alice, server, 900);
});

test("shared secret: there is no JWKS, and session responses contain no token", async (t) => {
  const server = await startServer(t, settingsFor(await temporaryDirectory(t)));
  const alice = await signedUp(server, ALICE);
  assert.equal((await alice.get(server, "/api/auth/jwks")).status, 404);
  const session = await alice.get(server, "/api/auth/get-session");
  assert.equal(session.headers.get("set-auth-jwt"), null);
});

for (const algorithm of ["EdDSA", "ES256", "ES512", "RS256", "PS256"]) {
  test(`JWKS: ${algorithm}, a kid, the exact claims, 15 minutes`, async (t) => {
    // EdDSA is the default.
    const choice: Settings = algorithm === "EdDSA" ? {} : { AUTH_JWKS_ALG: algorithm };
    const server = await startServer(
      t,
      settingsFor(await temporaryDirectory(t), { TASKWARD_TOKENS: "jwks", ...choice }),
    );
    const alice = await signedUp(server, ALICE);
    const keySet = await publicKeys(server);
    assert.equal(keySet.keys.length, 1);
    assert.equal(keySet.keys[0]?.alg, algorithm);
    assert.equal(keySet.keys[0]?.["d"], undefined, "the private key is published");

    const token = await alice.token(server);
    assert.deepEqual(decodeProtectedHeader(token), { alg: algorithm, kid: keySet.keys[0]?.kid });
    const { payload } = await jwtVerify(token, createLocalJWKSet(keySet), EXPECT);
    await assertClaims(payload, alice, server, 900);
  });
}

test("parallel first requests create one key", async (t) => {
  const server = await startServer(t, settingsFor(await temporaryDirectory(t), { TASKWARD_TOKENS: "jwks" }));
  const alice = await signedUp(server, ALICE);
  const tokens = await Promise.all(Array.from({ length: 8 }, () => alice.token(server)));
  assert.equal(new Set(tokens.map((token) => decodeProtectedHeader(token).kid)).size, 1);
  assert.equal((await publicKeys(server)).keys.length, 1);
});

test("SEC-98: issuer, audience and lifetime come from the settings, not from request headers", async (t) => {
  const server = await startServer(
    t,
    settingsFor(await temporaryDirectory(t), {
      TASKWARD_ISSUER: "https://issuer.example",
      TASKWARD_AUDIENCE: "tasks-api",
      AUTH_JWT_LIFETIME: "60",
    }),
  );
  const alice = await signedUp(server, ALICE);
  const response = await fetch(`${server.url}/api/auth/token`, {
    headers: {
      cookie: alice.cookieHeader,
      "x-forwarded-host": "evil.example",
      "x-forwarded-proto": "https",
      forwarded: "host=evil.example",
    },
  });
  const { token } = (await response.json()) as { token: string };
  const { payload } = await jwtVerify(token, KEY, {
    issuer: "https://issuer.example",
    audience: "tasks-api",
  });
  assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 60);
});

async function publicKeys(server: AuthServer): Promise<JSONWebKeySet> {
  return (await (await fetch(`${server.url}/api/auth/jwks`)).json()) as JSONWebKeySet;
}

async function assertClaims(payload: JWTPayload, browser: Browser, server: AuthServer, lifetime: number) {
  const session = (await (await browser.get(server, "/api/auth/get-session")).json()) as {
    user: { id: string };
  };
  const iat = payload.iat ?? Number.NaN;
  assert.ok(Math.abs(Date.now() / 1000 - iat) < 30, `iat is ${iat}`);
  assert.deepEqual(payload, {
    sub: session.user.id,
    email: ALICE.email,
    name: ALICE.name,
    iss: ORIGIN,
    aud: ORIGIN,
    iat,
    exp: iat + lifetime,
  });
}
