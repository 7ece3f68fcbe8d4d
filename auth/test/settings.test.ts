/** Settings that cannot work stop the start with one clear line and exit code 2, and never show a secret. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { runToEnd, type Settings, settingsFor, startServer, temporaryDirectory } from "./auth-server.ts";

const refusals: readonly { name: string; change: Settings; says: RegExp }[] = [
  { name: "no origin", change: { BETTER_AUTH_URL: "" }, says: /BETTER_AUTH_URL is not set/ },
  {
    name: "an origin with a path",
    change: { BETTER_AUTH_URL: "http://localhost:8080/api" },
    says: /origin alone/,
  },
  {
    name: "an origin with an empty query",
    change: { BETTER_AUTH_URL: "http://localhost:8080?" },
    says: /origin alone/,
  },
  {
    name: "an origin with a user",
    change: { BETTER_AUTH_URL: "https://a@example.org" },
    says: /origin alone/,
  },
  {
    name: "an origin of another scheme",
    change: { BETTER_AUTH_URL: "ftp://localhost" },
    says: /http or https/,
  },
  {
    name: "a host name instead of an origin",
    change: { BETTER_AUTH_URL: "localhost" },
    says: /http or https/,
  },
  { name: "plain http to the world", change: { BETTER_AUTH_URL: "http://example.org" }, says: /Use https/ },
  {
    name: "plain http to a look-alike",
    change: { BETTER_AUTH_URL: "http://127.example.org" },
    says: /Use https/,
  },
  { name: "no secret", change: { BETTER_AUTH_SECRET: "" }, says: /BETTER_AUTH_SECRET is not set/ },
  { name: "a short secret", change: { BETTER_AUTH_SECRET: "x".repeat(31) }, says: /has 31 bytes/ },
  {
    name: "a secret that ends in a newline",
    change: { BETTER_AUTH_SECRET: `${"s3cret".repeat(6)}\n` },
    says: /white space/,
  },
  {
    name: "a short previous secret",
    change: { BETTER_AUTH_SECRET_PREVIOUS: "old" },
    says: /_PREVIOUS has 3 bytes/,
  },
  {
    name: "Better Auth's public secret",
    change: { BETTER_AUTH_SECRET: "better-auth-secret-12345678901234567890" },
    says: /public default/,
  },
  {
    name: "an unknown AUTH_ name",
    change: { AUTH_LISTNE: "127.0.0.1:1" },
    says: /AUTH_LISTNE is not a setting/,
  },
  {
    name: "a name Better Auth would read",
    change: { AUTH_SECRET: "x".repeat(40) },
    says: /AUTH_SECRET is not/,
  },
  {
    name: "trust widened behind our back",
    change: { BETTER_AUTH_TRUSTED_ORIGINS: "https://evil.example" },
    says: /BETTER_AUTH_TRUSTED_ORIGINS is not/,
  },
  { name: "NODE_ENV=test", change: { NODE_ENV: "test" }, says: /origin checks off/ },
  { name: "TEST=true", change: { TEST: "true" }, says: /origin checks off/ },
  { name: "a public address", change: { AUTH_LISTEN: "0.0.0.0:8081" }, says: /not a loopback address/ },
  { name: "a listen host without a port", change: { AUTH_LISTEN: "127.0.0.1" }, says: /host:port/ },
  { name: "a port that does not exist", change: { AUTH_LISTEN: "127.0.0.1:70000" }, says: /host:port/ },
  { name: "an unknown token mode", change: { TASKWARD_TOKENS: "both" }, says: /shared-secret, jwks/ },
  {
    name: "an unknown algorithm",
    change: { AUTH_JWKS_ALG: "HS256" },
    says: /EdDSA, ES256, ES512, RS256, PS256/,
  },
  {
    name: "a JWT that outlives the key grace",
    change: { AUTH_JWT_LIFETIME: "3601" },
    says: /from 5 to 3600/,
  },
  { name: "a JWT life that is no number", change: { AUTH_JWT_LIFETIME: "15m" }, says: /from 5 to 3600/ },
  {
    name: "a rotation that would flood the key table",
    change: { AUTH_JWKS_ROTATION: "30" },
    says: /from 3600/,
  },
  { name: "a rate limit that is neither", change: { AUTH_RATE_LIMIT: "none" }, says: /on, off/ },
  {
    name: "a database of another kind",
    change: { AUTH_DATABASE_URL: "mysql://u:pw-in-url@h/d" },
    says: /sqlite:PATH/,
  },
];

for (const { name, change, says } of refusals) {
  test(`SEC-93: refuses ${name}`, async (t) => {
    const exit = await runToEnd(settingsFor(await temporaryDirectory(t), change));
    assert.equal(exit.code, 2, exit.stdout + exit.stderr);
    assert.match(exit.stderr, says);
    assert.equal(exit.stderr.trim().split("\n").length, 1, exit.stderr);
    assert.equal(exit.stdout, "");
    for (const secret of [change["BETTER_AUTH_SECRET"], change["AUTH_SECRET"], "pw-in-url"]) {
      if (secret) assert.ok(!exit.stderr.includes(secret.trim()), "the message repeats a secret");
    }
  });
}

test("a port in use and a database that cannot be opened are one line each, with another exit code", async (t) => {
  const directory = await temporaryDirectory(t);
  const first = await startServer(t, settingsFor(directory));
  const taken = await runToEnd(
    settingsFor(await temporaryDirectory(t), { AUTH_LISTEN: new URL(first.url).host }),
  );
  assert.equal(taken.code, 1);
  assert.match(taken.stderr, /^taskward-auth: could not start\. .*EADDRINUSE.*\n$/);

  const noDatabase = await runToEnd(
    settingsFor(directory, { AUTH_DATABASE_URL: "sqlite:/dev/null/auth.db" }),
  );
  assert.equal(noDatabase.code, 1);
  assert.match(noDatabase.stderr, /^taskward-auth: could not start\. [^\n]+\n$/);
});

test("settings of the API server in the same environment are no obstacle", async (t) => {
  const server = await startServer(
    t,
    settingsFor(await temporaryDirectory(t), {
      BETTER_AUTH_JWKS_URL: "http://localhost:8080/api/auth/jwks",
      TASKWARD_LISTEN: "127.0.0.1:8080",
      BETTER_AUTH_SECRET_PREVIOUS: "",
    }),
  );
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
});
