/** Stored signing keys stay usable when secrets, algorithms and rotation settings change between starts. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { DatabaseSync } from "@photostructure/sqlite";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { jwt } from "better-auth/plugins";
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from "jose";
import { Kysely, SqliteDialect } from "kysely";
import {
  ORIGIN,
  SECRET,
  type Settings,
  settingsFor,
  startServer,
  temporaryDirectory,
} from "./auth-server.ts";
import { ALICE, signedIn, signedUp } from "./browser.ts";
import { forKysely } from "./kysely.ts";

const SECOND = "second-secret-of-the-test-suite-0123456789abcdef";
const THIRD = "third-secret-of-the-test-suite-0123456789abcdef0";
const HOUR_MS = 3_600_000;

test("a signing key survives a secret rotation, also after the old secret is removed", async (t) => {
  const directory = await temporaryDirectory(t);
  const before = await oneToken(t, directory, {}, "sign-up");
  const rotated = await oneToken(t, directory, {
    BETTER_AUTH_SECRET: SECOND,
    BETTER_AUTH_SECRET_PREVIOUS: SECRET,
  });
  assert.equal(rotated.kid, before.kid);
  const removed = await oneToken(t, directory, { BETTER_AUTH_SECRET: SECOND });
  assert.equal(removed.kid, before.kid);
  assert.equal(removed.published.length, 1);
});

test("a session cookie signed with the old secret is refused without an error", async (t) => {
  const directory = await temporaryDirectory(t);
  const first = await startServer(t, settingsFor(directory));
  const alice = await signedUp(first, ALICE);
  await first.stop();
  const second = await startServer(
    t,
    settingsFor(directory, { BETTER_AUTH_SECRET: SECOND, BETTER_AUTH_SECRET_PREVIOUS: SECRET }),
  );
  assert.equal((await alice.get(second, "/api/auth/token")).status, 401);
  assert.equal((await alice.get(second, "/api/auth/get-session")).status, 200);
});

test("after the loss of a secret a new key is created, and old tokens stay valid", async (t) => {
  const directory = await temporaryDirectory(t);
  const before = await oneToken(t, directory, {}, "sign-up");
  const after = await oneToken(t, directory, { BETTER_AUTH_SECRET: THIRD });
  assert.notEqual(after.kid, before.kid);
  assert.deepEqual(new Set(after.published), new Set([before.kid, after.kid]));
  await jwtVerify(before.token, createLocalJWKSet(after.keySet), { issuer: ORIGIN, audience: ORIGIN });
});

test("a changed algorithm takes effect, and the old key stays published", async (t) => {
  const directory = await temporaryDirectory(t);
  const before = await oneToken(t, directory, {}, "sign-up");
  const after = await oneToken(t, directory, { AUTH_JWKS_ALG: "ES256" });
  assert.equal(before.alg, "EdDSA");
  assert.equal(after.alg, "ES256");
  assert.deepEqual(new Set(after.published), new Set([before.kid, after.kid]));
});

test("rotation creates a new key at the expiry and removes the old one after the grace period", async (t) => {
  const directory = await temporaryDirectory(t);
  const rotation = { AUTH_JWKS_ROTATION: "3600" };
  // Created before rotation was enabled. It must be rotated too.
  const before = await oneToken(t, directory, {}, "sign-up");
  assert.equal((await oneToken(t, directory, rotation)).kid, before.kid);

  setKeyDate(directory, before.kid, "expiresAt", Date.now() - HOUR_MS);
  const rotated = await oneToken(t, directory, rotation);
  assert.notEqual(rotated.kid, before.kid);
  assert.deepEqual(new Set(rotated.published), new Set([before.kid, rotated.kid]));

  setKeyDate(directory, before.kid, "expiresAt", Date.now() - 3 * HOUR_MS);
  const afterGrace = await oneToken(t, directory, rotation);
  assert.deepEqual(afterGrace.published, [rotated.kid]);
});

test("enabling rotation replaces a key that is older than the interval, and its tokens stay valid", async (t) => {
  const directory = await temporaryDirectory(t);
  const before = await oneToken(t, directory, {}, "sign-up");
  setKeyDate(directory, before.kid, "createdAt", Date.now() - 1000 * HOUR_MS);
  const rotated = await oneToken(t, directory, { AUTH_JWKS_ROTATION: "3600" });
  assert.notEqual(rotated.kid, before.kid);
  assert.deepEqual(new Set(rotated.published), new Set([before.kid, rotated.kid]));
});

test("the key of a database with an unversioned secret stays in use", async (t) => {
  const directory = await temporaryDirectory(t);
  const kid = await plainBetterAuthKey(directory, SECRET);
  const rotated = await oneToken(
    t,
    directory,
    { BETTER_AUTH_SECRET: SECOND, BETTER_AUTH_SECRET_PREVIOUS: SECRET },
    "sign-up",
  );
  assert.equal(rotated.kid, kid);
});

/** Starts a server, gets a token, and stops the server. */
async function oneToken(t: TestContext, directory: string, change: Settings, how = "sign-in") {
  const server = await startServer(t, settingsFor(directory, { TASKWARD_TOKENS: "jwks", ...change }));
  const browser = await (how === "sign-up" ? signedUp : signedIn)(server, ALICE);
  const token = await browser.token(server);
  const keySet = (await (await browser.get(server, "/api/auth/jwks")).json()) as JSONWebKeySet;
  await jwtVerify(token, createLocalJWKSet(keySet), { issuer: ORIGIN, audience: ORIGIN });
  await server.stop();
  const { kid, alg } = decodeProtectedHeader(token);
  assert.ok(kid !== undefined);
  return { token, kid, alg, keySet, published: keySet.keys.map((key) => key.kid) };
}

function setKeyDate(directory: string, kid: string, column: "createdAt" | "expiresAt", at: number): void {
  const database = new DatabaseSync(join(directory, "auth.db"));
  const { changes } = database
    .prepare(`UPDATE jwks SET ${column} = ? WHERE id = ?`)
    .run(new Date(at).toISOString(), kid);
  assert.equal(changes, 1);
  database.close();
}

async function plainBetterAuthKey(directory: string, secret: string): Promise<string | undefined> {
  const database = new DatabaseSync(join(directory, "auth.db"));
  const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database: forKysely(database) }) });
  const options = {
    baseURL: ORIGIN,
    secret,
    database: { db, type: "sqlite" as const },
    emailAndPassword: { enabled: true },
    plugins: [jwt()],
  };
  await (await getMigrations(options)).runMigrations();
  const { token } = await betterAuth(options).api.signJWT({ body: { payload: { sub: "somebody" } } });
  await db.destroy();
  return decodeProtectedHeader(token).kid;
}
