/** SQLite that is locked by another process: requests wait, then say so; nothing is claimed that was not done. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { settingsFor, startServer, temporaryDirectory } from "./auth-server.ts";
import { ALICE, BOB, Browser, PASSWORD, signedIn, signedUp } from "./browser.ts";
import { assertUnavailable, openAuthDatabase, userNameOf } from "./storage.ts";

for (const tokens of ["shared-secret", "jwks"]) {
  test(`${tokens}: while the database is locked, writes are 503 after 5 s, and reads do not wait`, async (t) => {
    const directory = await temporaryDirectory(t);
    const server = await startServer(t, settingsFor(directory, { TASKWARD_TOKENS: tokens }));
    const alice = await signedUp(server, ALICE);
    const leaving = await signedIn(server, ALICE);
    const other = openAuthDatabase(t, directory);
    other.exec("BEGIN IMMEDIATE");

    const startedAt = performance.now();
    const writes = Object.entries({
      "sign-up": new Browser().signUp(server, BOB),
      "sign-in": new Browser().signIn(server, ALICE),
      "sign-out": leaving.post(server, "/api/auth/sign-out", {}),
      "update-user": alice.post(server, "/api/auth/update-user", { name: "Alicia" }),
      "revoke-sessions": alice.post(server, "/api/auth/revoke-sessions", {}),
      "revoke-other-sessions": alice.post(server, "/api/auth/revoke-other-sessions", {}),
      "change-password": alice.post(server, "/api/auth/change-password", {
        currentPassword: PASSWORD,
        newPassword: "another long password",
        revokeOtherSessions: true,
      }),
    });
    for (let read = 0; read < 20; read += 1) {
      await alice.token(server);
      assert.equal((await fetch(`${server.url}/healthz`)).status, 200, "a lock is no reason for a restart");
    }
    assert.ok(performance.now() - startedAt < 4_000, "reads waited for the writers");
    for (const [what, response] of writes) await assertUnavailable(await response, what);
    const waited = performance.now() - startedAt;
    assert.ok(waited > 4_500 && waited < 9_000, `waited ${waited} ms`);

    assert.equal(
      await userNameOf(leaving, server),
      ALICE.name,
      "the sign-out was refused, so the session is valid",
    );
    other.exec("ROLLBACK");
    assert.equal((await new Browser().signUp(server, BOB)).status, 200, "the first request after the lock");
    assert.equal((await leaving.post(server, "/api/auth/sign-out", {})).status, 200);
    assert.equal(await userNameOf(leaving, server), undefined);
    assert.equal((await new Browser().signIn(server, ALICE)).status, 200, "the password was not changed");
  });
}

test("a write that waits for a lock succeeds as soon as the lock is released", async (t) => {
  const directory = await temporaryDirectory(t);
  const server = await startServer(t, settingsFor(directory));
  const alice = await signedUp(server, ALICE);
  const other = openAuthDatabase(t, directory);
  other.exec("BEGIN IMMEDIATE");
  const signUp = new Browser().signUp(server, BOB);
  const signOut = alice.post(server, "/api/auth/sign-out", {});
  // These need longer than the password hash of the sign-up.
  for (let read = 0; read < 5; read += 1) {
    assert.equal((await new Browser().signIn(server, ALICE, "a wrong guess")).status, 401);
  }
  other.exec("ROLLBACK");
  assert.equal((await signUp).status, 200);
  assert.equal((await signOut).status, 200);
});

test("a session that has to be extended is 503 while the database is locked", async (t) => {
  const directory = await temporaryDirectory(t);
  const server = await startServer(t, settingsFor(directory));
  const alice = await signedUp(server, ALICE);
  const other = openAuthDatabase(t, directory);
  const inTwoDays = new Date(Date.now() + 2 * 24 * 3_600_000).toISOString();
  other.prepare("UPDATE session SET expiresAt = ?").run(inTwoDays);
  other.exec("BEGIN IMMEDIATE");
  await Promise.all(
    ["/api/auth/get-session", "/api/auth/token"].map(async (path) =>
      assertUnavailable(await alice.get(server, path), path),
    ),
  );
  other.exec("ROLLBACK");
  assert.equal(await userNameOf(alice, server), ALICE.name);
  await alice.token(server);
});
