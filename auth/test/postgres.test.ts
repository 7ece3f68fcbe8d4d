/** PostgreSQL: the schema, restarts, lost connections, and servers that start at the same time. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import { ORIGIN, settingsFor, startServer, temporaryDirectory } from "./auth-server.ts";
import { ALICE, BOB, signedUp } from "./browser.ts";
import { freshDatabase, query } from "./postgres.ts";

test("users, sessions and keys are in the schema auth, shared by all servers, and survive restarts", async (t) => {
  const url = await freshDatabase(t);
  const settings = settingsFor(await temporaryDirectory(t), {
    AUTH_DATABASE_URL: url,
    TASKWARD_TOKENS: "jwks",
  });
  const [one, two, three] = await Promise.all([1, 2, 3].map(() => startServer(t, settings)));
  assert.ok(one && two && three);
  const alice = await signedUp(one, ALICE);
  await signedUp(two, BOB);
  const token = await alice.token(two);
  const keySet = (await (await fetch(`${one.url}/api/auth/jwks`)).json()) as JSONWebKeySet;
  assert.equal(keySet.keys.length, 1, "servers that start at the same time created several keys");
  await jwtVerify(token, createLocalJWKSet(keySet), { issuer: ORIGIN, audience: ORIGIN });
  assert.equal((await one.stop()).code, 0);
  assert.equal((await two.stop()).code, 0);
  assert.equal((await three.stop()).code, 0);

  const tables = await query<{ table_schema: string }>(
    url,
    "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema')",
  );
  assert.equal(tables.length, 5);
  assert.ok(tables.every((table) => table.table_schema === "auth"));

  const again = await startServer(t, settings);
  await alice.token(again);
});

test("lost database connections are replaced, and the server keeps running", async (t) => {
  const url = await freshDatabase(t);
  const server = await startServer(t, settingsFor(await temporaryDirectory(t), { AUTH_DATABASE_URL: url }));
  const alice = await signedUp(server, ALICE);
  const terminated = await query(
    url,
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'taskward-auth' AND datname = current_database()",
  );
  assert.ok(terminated.length > 0);
  await server.logged("database-connection-lost", terminated.length);
  await alice.token(server);
});
