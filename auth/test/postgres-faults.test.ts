/** PostgreSQL that is down, silent or unreadable: 503, and the next request works again. */

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type AuthServer, settingsFor, startServer, temporaryDirectory } from "./auth-server.ts";
import { ALICE, BOB, Browser, signedUp } from "./browser.ts";
import { connectTo, freshDatabase } from "./postgres.ts";
import { assertUnavailable, PostgresProxy } from "./storage.ts";

test("tables that cannot be read make every request 503, and a session is not lost", async (t) => {
  const url = await freshDatabase(t);
  const server = await startOn(t, url);
  const alice = await signedUp(server, ALICE);
  const other = await connectTo(t, url);
  await other.query('BEGIN; LOCK TABLE auth."user", auth.session IN ACCESS EXCLUSIVE MODE');
  await assertAllUnavailable(server, alice);
  await other.query("ROLLBACK");
  await alice.token(server);
});

test("while PostgreSQL is down every request is 503 at once, and the first request afterwards works", async (t) => {
  const { proxy, url } = await PostgresProxy.start(t, await freshDatabase(t));
  const server = await startOn(t, url);
  const alice = await signedUp(server, ALICE);
  await proxy.down();
  const startedAt = performance.now();
  await assertAllUnavailable(server, alice);
  assert.ok(performance.now() - startedAt < 3_000, "nothing has to be waited for");
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200, "a restart would not help");
  await proxy.up();
  await alice.token(server);
  assert.equal((await new Browser().signUp(server, BOB)).status, 200);
});

test("while PostgreSQL is silent every request is 503 after some seconds", async (t) => {
  const { proxy, url } = await PostgresProxy.start(t, await freshDatabase(t));
  const server = await startOn(t, url);
  const alice = await signedUp(server, ALICE);
  proxy.freeze();
  const startedAt = performance.now();
  await assertAllUnavailable(server, alice);
  assert.ok(performance.now() - startedAt < 10_000);
  proxy.thaw();
  // The answers that were lost never come, so the old connections must not be used again.
  await alice.token(server);
});

async function assertAllUnavailable(server: AuthServer, browser: Browser): Promise<void> {
  const requests = Object.entries({
    "sign-up": new Browser().signUp(server, BOB),
    "sign-in": new Browser().signIn(server, ALICE),
    "get-session": browser.get(server, "/api/auth/get-session"),
    token: browser.get(server, "/api/auth/token"),
    "list-sessions": browser.get(server, "/api/auth/list-sessions"),
    "sign-out": browser.post(server, "/api/auth/sign-out", {}),
  });
  for (const [what, response] of requests) await assertUnavailable(await response, what);
}

async function startOn(t: TestContext, url: string): Promise<AuthServer> {
  return startServer(t, settingsFor(await temporaryDirectory(t), { AUTH_DATABASE_URL: url }));
}
