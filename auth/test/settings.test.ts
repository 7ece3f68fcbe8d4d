/** Invalid settings stop the start with one line and exit code 2. The line contains no secret. */

import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { runUntilExit, type Settings, settingsFor, startServer, temporaryDirectory } from "./auth-server.ts";

const invalidSettings: readonly { name: string; change: Settings; says: RegExp }[] = [
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
  {
    name: "plain http on a public host",
    change: { BETTER_AUTH_URL: "http://example.org" },
    says: /Use https/,
  },
  {
    name: "plain http on a host name that starts like a loopback address",
    change: { BETTER_AUTH_URL: "http://127.example.org" },
    says: /Use https/,
  },
  {
    name: "plain http on an address of a local network",
    change: { BETTER_AUTH_URL: "http://192.168.1.5:8080" },
    says: /BETTER_AUTH_URL is plain http on another host/,
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
    name: "Better Auth's default secret",
    change: { BETTER_AUTH_SECRET: "better-auth-secret-12345678901234567890" },
    says: /public default/,
  },
  {
    name: "an unknown AUTH_ name",
    change: { AUTH_LISTNE: "127.0.0.1:1" },
    says: /AUTH_LISTNE is not a setting/,
  },
  {
    name: "a name that Better Auth reads",
    change: { AUTH_SECRET: "x".repeat(40) },
    says: /AUTH_SECRET is not/,
  },
  {
    name: "a Better Auth variable for trusted origins",
    change: { BETTER_AUTH_TRUSTED_ORIGINS: "https://evil.example" },
    says: /BETTER_AUTH_TRUSTED_ORIGINS is not/,
  },
  { name: "NODE_ENV=test", change: { NODE_ENV: "test" }, says: /origin checks off/ },
  { name: "TEST=true", change: { TEST: "true" }, says: /origin checks off/ },
  { name: "a public address", change: { AUTH_LISTEN: "0.0.0.0:8081" }, says: /not a loopback address/ },
  { name: "a listen host without a port", change: { AUTH_LISTEN: "127.0.0.1" }, says: /host:port/ },
  { name: "a port out of range", change: { AUTH_LISTEN: "127.0.0.1:70000" }, says: /host:port/ },
  { name: "an unknown token mode", change: { TASKWARD_TOKENS: "both" }, says: /shared-secret, jwks/ },
  {
    name: "an unknown algorithm",
    change: { AUTH_JWKS_ALG: "HS256" },
    says: /EdDSA, ES256, ES512, RS256, PS256/,
  },
  { name: "a JWT lifetime below the minimum", change: { AUTH_JWT_LIFETIME: "1" }, says: /from 5 to 3600/ },
  {
    name: "an issuer that makes tokens too long",
    change: { TASKWARD_ISSUER: `https://example.org/${"x".repeat(600)}` },
    says: /TASKWARD_ISSUER has 620 bytes/,
  },
  {
    name: "a JWT lifetime above the maximum",
    change: { AUTH_JWT_LIFETIME: "3601" },
    says: /from 5 to 3600/,
  },
  {
    name: "a JWT lifetime that is not a number",
    change: { AUTH_JWT_LIFETIME: "15m" },
    says: /from 5 to 3600/,
  },
  {
    name: "a rotation interval below the minimum",
    change: { AUTH_JWKS_ROTATION: "30" },
    says: /from 3600/,
  },
  { name: "a rate limit that is neither on nor off", change: { AUTH_RATE_LIMIT: "none" }, says: /on, off/ },
  {
    name: "a database of another kind",
    change: { AUTH_DATABASE_URL: "mysql://u:pw-in-url@h/d" },
    says: /sqlite:PATH/,
  },
];

for (const { name, change, says } of invalidSettings) {
  test(`SEC-93: refuses ${name}`, async (t) => {
    const settings = settingsFor(await temporaryDirectory(t), change);
    const exit = await runUntilExit(settings);
    assert.deepEqual(await runUntilExit(settings, "--check"), exit, "--check differs from a start");
    assert.equal(exit.code, 2, exit.stdout + exit.stderr);
    assert.match(exit.stderr, says);
    assert.equal(exit.stderr.trim().split("\n").length, 1, exit.stderr);
    assert.equal(exit.stdout, "");
    for (const secret of [change["BETTER_AUTH_SECRET"], change["AUTH_SECRET"], "pw-in-url"]) {
      if (secret) assert.ok(!exit.stderr.includes(secret.trim()), "the message contains a secret");
    }
  });
}

test("--check accepts valid settings, prints nothing, and creates nothing", async (t) => {
  const directory = await temporaryDirectory(t);
  const running = await startServer(t, settingsFor(directory));
  const unused = {
    AUTH_DATABASE_URL: `sqlite:${join(directory, "new/auth.db")}`,
    AUTH_LISTEN: new URL(running.url).host,
  };
  for (const settings of [
    settingsFor(directory, unused),
    settingsFor(directory, { AUTH_DATABASE_URL: "postgres://h/d" }),
  ]) {
    assert.deepEqual(await runUntilExit(settings, "--check"), { code: 0, stdout: "", stderr: "" });
  }
  await assert.rejects(stat(join(directory, "new")), { code: "ENOENT" });
});

test("an unknown argument is refused", async (t) => {
  const exit = await runUntilExit(settingsFor(await temporaryDirectory(t)), "--chekc");
  assert.equal(exit.code, 2);
  assert.match(exit.stderr, /^taskward-auth: the argument --chekc is not known\. [^\n]+\n$/);
});

test("a port in use and a database that cannot be opened are reported in one line, with exit code 1", async (t) => {
  const directory = await temporaryDirectory(t);
  const first = await startServer(t, settingsFor(directory));
  const portInUse = await runUntilExit(
    settingsFor(await temporaryDirectory(t), { AUTH_LISTEN: new URL(first.url).host }),
  );
  assert.equal(portInUse.code, 1);
  assert.match(portInUse.stderr, /^taskward-auth: could not start\. .*EADDRINUSE.*\n$/);

  const noDatabase = await runUntilExit(
    settingsFor(directory, { AUTH_DATABASE_URL: "sqlite:/dev/null/auth.db" }),
  );
  assert.equal(noDatabase.code, 1);
  assert.match(noDatabase.stderr, /^taskward-auth: could not start\. [^\n]+\n$/);
});

test("settings of the API server are ignored", async (t) => {
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
