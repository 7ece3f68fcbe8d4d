/** PostgreSQL whose rows are locked: requests wait, then say so. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { settingsFor, startServer, temporaryDirectory } from "./auth-server.ts";
import { ALICE, BOB, Browser, PASSWORD, signedIn, signedUp } from "./browser.ts";
import { connectTo, freshDatabase } from "./postgres.ts";
import { assertUnavailable, userNameOf } from "./storage.ts";

for (const tokens of ["shared-secret", "jwks"]) {
  test(`${tokens}: while rows are locked, writes are 503 after 5 s, and reads do not wait`, async (t) => {
    const url = await freshDatabase(t);
    const settings = { AUTH_DATABASE_URL: url, TASKWARD_TOKENS: tokens };
    const server = await startServer(t, settingsFor(await temporaryDirectory(t), settings));
    const alice = await signedUp(server, ALICE);
    const leaving = await signedIn(server, ALICE);
    const other = await connectTo(t, url);
    await other.query('BEGIN; LOCK TABLE auth."user", auth.session, auth.account IN SHARE MODE');

    const startedAt = performance.now();
    const writes = Object.entries({
      "sign-up": new Browser().signUp(server, BOB),
      "sign-in": new Browser().signIn(server, ALICE),
      "sign-out": leaving.post(server, "/api/auth/sign-out", {}),
      "update-user": alice.post(server, "/api/auth/update-user", { name: "Alicia" }),
      "revoke-sessions": alice.post(server, "/api/auth/revoke-sessions", {}),
      "change-password": alice.post(server, "/api/auth/change-password", {
        currentPassword: PASSWORD,
        newPassword: "another long password",
      }),
    });
    for (let read = 0; read < 10; read += 1) await alice.token(server);
    assert.ok(performance.now() - startedAt < 4_000, "reads waited for the writers");
    for (const [what, response] of writes) await assertUnavailable(await response, what);

    await other.query("ROLLBACK");
    assert.equal(await userNameOf(leaving, server), ALICE.name, "the sign-out was refused");
    assert.equal((await leaving.post(server, "/api/auth/sign-out", {})).status, 200);
    assert.equal(await userNameOf(leaving, server), undefined);
    assert.equal((await new Browser().signUp(server, BOB)).status, 200);
    assert.equal((await new Browser().signIn(server, ALICE)).status, 200);
  });
}
