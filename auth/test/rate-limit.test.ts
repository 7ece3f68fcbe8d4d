/** Rate limits per client address. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { settingsFor, startServer, temporaryDirectory } from "./auth-server.ts";
import { ALICE, Browser, signedUp } from "./browser.ts";

const RATE_LIMIT_ON = { AUTH_RATE_LIMIT: "on" };

test("password attempts are limited to ten per minute, for each client address", async (t) => {
  const server = await startServer(t, settingsFor(await temporaryDirectory(t), RATE_LIMIT_ON));
  await signedUp(server, ALICE);
  const guesser = new Browser("198.51.100.7");
  for (let guess = 1; guess <= 10; guess += 1) {
    assert.equal((await guesser.signIn(server, ALICE, "a wrong guess")).status, 401, `guess ${guess}`);
  }
  const limited = await guesser.signIn(server, ALICE);
  assert.equal(limited.status, 429, "the eleventh attempt is limited, although the password is correct");
  const retryAfter = Number(limited.headers.get("retry-after"));
  assert.ok(retryAfter >= 1 && retryAfter <= 60, `retry-after is ${retryAfter}`);

  assert.equal((await new Browser("203.0.113.9").signIn(server, ALICE)).status, 200);
});

test("SEC-96: headers that the proxy does not set do not affect the limit", async (t) => {
  const server = await startServer(t, settingsFor(await temporaryDirectory(t), RATE_LIMIT_ON));
  const statuses = new Set<number>();
  for (let guess = 1; guess <= 11; guess += 1) {
    const response = await fetch(`${server.url}/api/auth/sign-in/email`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        origin: "http://localhost:8080",
        "x-real-ip": "198.51.100.7",
        "x-forwarded-for": `203.0.113.${guess}`,
        "cf-connecting-ip": `203.0.113.${guess}`,
      },
      body: JSON.stringify({ email: ALICE.email, password: "a wrong guess" }),
    });
    statuses.add(response.status);
  }
  assert.deepEqual(statuses, new Set([401, 429]));
});

test("fetching keys is limited for clients of the proxy, but not for the API server", async (t) => {
  const server = await startServer(
    t,
    settingsFor(await temporaryDirectory(t), { ...RATE_LIMIT_ON, TASKWARD_TOKENS: "jwks" }),
  );
  const count = async (headers: Record<string, string>) => {
    const responses = await Promise.all(
      Array.from({ length: 101 }, () => fetch(`${server.url}/api/auth/jwks`, { headers })),
    );
    await Promise.all(responses.map((response) => response.arrayBuffer()));
    return responses.filter((response) => response.status === 429).length;
  };
  assert.equal(await count({}), 0);
  assert.equal(await count({ "x-real-ip": "198.51.100.7" }), 1);
});
