/** SQLite that is locked, full or slow: requests wait, then say so; nothing is claimed that was not done. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type AuthServer,
  settingsFor,
  startServer,
  startWithFileLimit,
  temporaryDirectory,
} from "./auth-server.ts";
import { ALICE, BOB, Browser, PASSWORD, signedIn, signedUp } from "./browser.ts";
import { assertUnavailable, openAuthDatabase } from "./storage.ts";

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

test("a lock that comes and goes refuses nobody", async (t) => {
  const directory = await temporaryDirectory(t);
  const server = await startServer(t, settingsFor(directory));
  const other = openAuthDatabase(t, directory);
  let isLocked = false;
  let locks = 0;
  const timer = setInterval(() => {
    // Held for 50 ms in every 250 ms.
    const lock = locks % 5 === 0;
    locks += 1;
    if (lock === isLocked) return;
    other.exec(lock ? "BEGIN IMMEDIATE" : "ROLLBACK");
    isLocked = lock;
  }, 50);
  t.after(() => clearInterval(timer));
  const statuses: number[] = [];
  for (let round = 0; round < 10; round += 1) {
    const people = [0, 1, 2, 3].map((n) => ({ name: "Somebody", email: `p${round}-${n}@example.com` }));
    const responses = await Promise.all(people.map((person) => new Browser().signUp(server, person)));
    statuses.push(...responses.map((response) => response.status));
  }
  clearInterval(timer);
  assert.ok(locks > 5, "the database was never locked");
  assert.deepEqual(new Set(statuses), new Set([200]));
});

test("two servers on one database refuse nobody", async (t) => {
  const settings = settingsFor(await temporaryDirectory(t));
  const servers = [await startServer(t, settings), await startServer(t, settings)];
  const responses = await Promise.all(
    servers.flatMap((server, n) =>
      Array.from({ length: 10 }, async (_, i) => {
        const person = { name: "Somebody", email: `s${n}-${i}@example.com` };
        const browser = new Browser();
        const signUp = await browser.signUp(server, person);
        const signOut = await browser.post(server, "/api/auth/sign-out", {});
        return [signUp.status, signOut.status];
      }),
    ),
  );
  assert.deepEqual(new Set(responses.flat()), new Set([200]));
});

test("on a full disk, sign-up, sign-in and sign-out are 503, and sessions stay valid", async (t) => {
  const directory = await temporaryDirectory(t);
  const settings = settingsFor(directory);
  const first = await startServer(t, settings);
  const alice = await signedUp(first, ALICE);
  const leaving = await signedIn(first, ALICE);
  await first.stop();

  // The write-ahead log reaches the limit after some sign-ins.
  const server = await startWithFileLimit(t, settings, 512);
  let signIn = await new Browser().signIn(server, ALICE);
  for (let count = 0; signIn.status === 200 && count < 200; count += 1) {
    signIn = await new Browser().signIn(server, ALICE);
  }
  await assertUnavailable(signIn, "sign-in");
  await assertUnavailable(await new Browser().signUp(server, BOB), "sign-up");
  await assertUnavailable(await leaving.post(server, "/api/auth/sign-out", {}), "sign-out");
  assert.equal(await userNameOf(leaving, server), ALICE.name);
  await alice.token(server);
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
  await server.stop("SIGKILL");

  const roomy = await startServer(t, settings);
  assert.equal((await leaving.post(roomy, "/api/auth/sign-out", {})).status, 200);
  assert.equal((await new Browser().signUp(roomy, BOB)).status, 200);
});

test("a refused value does not disturb later requests", async (t) => {
  const server = await startServer(t, settingsFor(await temporaryDirectory(t)));
  const people = [0, 1, 2].map((n) => ({ name: "Somebody", email: `r${n}@example.com` }));
  for (const person of people) {
    const statuses = await Promise.all(
      [0, 1, 2, 3].map(async () => (await new Browser().signUp(server, person)).status),
    );
    assert.deepEqual(statuses.sort(), [200, 422, 422, 422], "the address was used several times at once");
    assert.equal((await new Browser().signIn(server, person)).status, 200);
  }
});

async function userNameOf(browser: Browser, server: AuthServer): Promise<string | undefined> {
  const response = await browser.get(server, "/api/auth/get-session");
  assert.equal(response.status, 200);
  return ((await response.json()) as { user: { name: string } } | null)?.user.name;
}
