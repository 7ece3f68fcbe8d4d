/** What a stop leaves behind, and a database thread that hangs. */

import assert from "node:assert/strict";
import { copyFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { type AuthServer, settingsFor, startServer, temporaryDirectory } from "./auth-server.ts";
import { ALICE, BOB, Browser, signedIn, signedUp } from "./browser.ts";
import { openAuthDatabase } from "./storage.ts";

test("the health check notices a hung database thread, and other requests are still answered", async (t) => {
  const directory = await temporaryDirectory(t);
  const server = await startServer(t, settingsFor(directory));
  const database = openAuthDatabase(t, directory);
  database.exec(`CREATE TRIGGER slow BEFORE INSERT ON user BEGIN
    SELECT count(*) FROM (WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c); END`);
  const signUp = new Browser().signUp(server, ALICE).catch(() => undefined);
  let health = await fetch(`${server.url}/healthz`);
  // It is 200 until the password is hashed and the trigger runs.
  for (let count = 0; health.status === 200 && count < 5_000; count += 1) {
    health = await fetch(`${server.url}/healthz`);
  }
  assert.equal(health.status, 503);
  assert.equal((await fetch(`${server.url}/nowhere`)).status, 404);
  // It cannot close the database, but it ends.
  const exit = await server.stop();
  assert.match(exit.stdout, /"event":"database-not-closed"/);
  assert.equal(await signUp, undefined, "the sign-up had no answer");
});

const stops: Record<string, (server: AuthServer) => Promise<unknown>> = {
  SIGTERM: (server) => server.stop("SIGTERM"),
  SIGINT: (server) => server.stop("SIGINT"),
  "closed standard input": async (server) => {
    server.process.stdin?.end();
    assert.equal((await server.exited).code, 0);
  },
};

for (const [name, stop] of Object.entries(stops)) {
  test(`after ${name}, auth.db alone is the whole database`, async (t) => {
    const directory = await temporaryDirectory(t);
    const server = await startServer(t, settingsFor(directory, { AUTH_SUPERVISED: "1" }));
    await signedUp(server, ALICE);
    assert.ok((await sizeOf(directory, "auth.db-wal")) > 0, "the sign-up is not in the log");
    await stop(server);
    assert.equal(await sizeOf(directory, "auth.db-wal"), 0);

    const copy = await temporaryDirectory(t);
    await copyFile(join(directory, "auth.db"), join(copy, "auth.db"));
    await signedIn(await startServer(t, settingsFor(copy)), ALICE);
  });
}

test("a backup that replaces auth.db after a stop is what the next start uses", async (t) => {
  const directory = await temporaryDirectory(t);
  const first = await startServer(t, settingsFor(directory));
  await signedUp(first, ALICE);
  const backup = join(directory, "backup.db");
  openAuthDatabase(t, directory).prepare("VACUUM INTO ?").run(backup);
  await signedUp(first, BOB);
  await first.stop();
  await copyFile(backup, join(directory, "auth.db"));
  const second = await startServer(t, settingsFor(directory));
  await signedIn(second, ALICE);
  assert.equal((await new Browser().signIn(second, BOB)).status, 401);
});

async function sizeOf(directory: string, name: string): Promise<number> {
  return (await stat(join(directory, name)).catch(() => ({ size: 0 }))).size;
}
