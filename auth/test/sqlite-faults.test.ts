/** SQLite that is full or busy, with one server and with two. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { settingsFor, startServer, startWithFileLimit, temporaryDirectory } from "./auth-server.ts";
import { ALICE, BOB, Browser, signedIn, signedUp } from "./browser.ts";
import { assertUnavailable, openAuthDatabase, userNameOf } from "./storage.ts";

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
