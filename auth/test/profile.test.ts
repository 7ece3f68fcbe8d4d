/** Limits of the profile, and tokens of users that are older than the limits. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { DatabaseSync } from "@photostructure/sqlite";
import { decodeJwt } from "jose";
import { settingsFor, startServer, temporaryDirectory } from "./auth-server.ts";
import { ALICE, BOB, Browser, PASSWORD, signedUp } from "./browser.ts";
import { freshDatabase } from "./postgres.ts";

const INVALID_NAMES: Record<string, unknown> = {
  "of 101 characters": "x".repeat(101),
  "of 6,000 characters": "x".repeat(6_000),
  "of 50,000 characters": "x".repeat(50_000),
  empty: "",
  blank: "  \t ",
  "with a NUL": "a\u0000b",
  "with a line break": "a\nb",
  "with half of a surrogate pair": "a\ud800b",
  "that is a number": 5,
  "that is an object": { a: 1 },
  "that is an array": ["a"],
  "that is null": null,
};
const INVALID_IMAGES: Record<string, unknown> = {
  "of 6,000 characters": `https://example.com/${"x".repeat(6_000)}`,
  "with a NUL": "https://example.com/\u0000",
  "that is a number": 5,
  "that is an object": { a: 1 },
};

const databases: Record<string, (t: TestContext) => Promise<string>> = {
  SQLite: async (t) => `sqlite:${join(await temporaryDirectory(t), "auth.db")}`,
  PostgreSQL: freshDatabase,
};

for (const [kind, create] of Object.entries(databases)) {
  test(`${kind}: profiles that would not fit into a token are refused with 400, at sign-up and update`, async (t) => {
    const settings = settingsFor(await temporaryDirectory(t), { AUTH_DATABASE_URL: await create(t) });
    const server = await startServer(t, settings);
    const alice = await signedUp(server, ALICE);
    const signUp = (fields: object) =>
      new Browser().post(server, "/api/auth/sign-up/email", { ...BOB, password: PASSWORD, ...fields });
    const update = (fields: object) => alice.post(server, "/api/auth/update-user", fields);

    for (const [what, name] of Object.entries(INVALID_NAMES)) {
      await assertRefused(await signUp({ name }), `sign-up with a name ${what}`);
      await assertRefused(await update({ name }), `update to a name ${what}`);
    }
    for (const [what, image] of Object.entries(INVALID_IMAGES)) {
      await assertRefused(await signUp({ image }), `sign-up with an image ${what}`);
      await assertRefused(await update({ image }), `update to an image ${what}`);
    }
    await assertRefused(await signUp({ name: undefined }), "sign-up without a name");
    for (const local of [6_000, 254]) {
      await assertRefused(await signUp({ email: `${"x".repeat(local)}@example.com` }), "a long address");
    }
    const email = `${"x".repeat(242)}@example.com`;
    assert.equal(email.length, 254);
    const name = "\u{1f600}".repeat(100);
    const longest = new Browser();
    const body = { name: ` ${name} `, email, password: PASSWORD };
    const accepted = await longest.post(server, "/api/auth/sign-up/email", body);
    assert.equal(accepted.status, 200, await accepted.text());
    const claims = decodeJwt(await longest.token(server));
    assert.equal(claims["name"], name);
    assert.equal(claims["email"], email);

    const reset = { newPassword: PASSWORD, token: "a\u0000b" };
    const response = await new Browser().post(server, "/api/auth/reset-password", reset);
    await assertRefused(response, "a NUL in another place");

    assert.equal((await update({ name: "Alicia", image: "https://example.com/a.png" })).status, 200);
    assert.equal(decodeJwt(await alice.token(server))["name"], "Alicia");
    assert.equal((await signUp({})).status, 200, "a refused sign-up left something behind");
  });
}

for (const tokens of ["shared-secret", "jwks"]) {
  test(`${tokens}: users that were stored before the limits get tokens that the API accepts`, async (t) => {
    const directory = await temporaryDirectory(t);
    const server = await startServer(t, settingsFor(directory, { TASKWARD_TOKENS: tokens }));
    const alice = await signedUp(server, ALICE);
    const database = new DatabaseSync(join(directory, "auth.db"));
    t.after(() => database.close());
    const setProfile = database.prepare("UPDATE user SET name = ?, email = ?");

    setProfile.run(`${"é".repeat(6_000)}`, `${"x".repeat(6_000)}@example.com`);
    const token = await alice.token(server);
    assert.ok(token.length < 8_192, `the token has ${token.length} bytes`);
    const claims = decodeJwt(token);
    assert.equal(claims["name"], "é".repeat(100), "the name is truncated");
    assert.ok(!("email" in claims), "a part of an address is another address");

    setProfile.run("a\nb", ALICE.email);
    assert.equal(decodeJwt(await alice.token(server))["name"], "ab");
  });
}

async function assertRefused(response: Response, what: string): Promise<void> {
  const text = await response.text();
  assert.equal(response.status, 400, `${what}: ${response.status} ${text}`);
  const { message } = JSON.parse(text) as { message?: string };
  assert.match(message ?? "", /\w+ \w+/, `${what}: no sentence in ${text}`);
  assert.deepEqual(response.headers.getSetCookie(), [], what);
}
